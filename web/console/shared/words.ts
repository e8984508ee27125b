import type { DisplayedSandbox, TimelineEntry } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';

/** What a button says, and what it says while its command is under way. */
export const commandWords: Readonly<Record<CommandName, { label: string; busy: string; past: string }>> = {
  suspend: { label: 'Suspend', busy: 'Suspending…', past: 'Suspend' },
  resume: { label: 'Resume', busy: 'Resuming…', past: 'Resume' },
  snapshot: { label: 'Take a snapshot', busy: 'Taking a snapshot…', past: 'Snapshot' },
  rename: { label: 'Rename', busy: 'Renaming…', past: 'Rename' },
  keepalive: { label: 'Keep alive', busy: 'Keeping alive…', past: 'Keepalive' },
  terminate: { label: 'Terminate', busy: 'Terminating…', past: 'Terminate' },
};

/** What a status pill says: the status, but for a suspended sandbox that is on its way back. */
export function statusWord({ status, operation }: Pick<DisplayedSandbox, 'status' | 'operation'>): string {
  return status === 'suspended' && operation !== null ? 'resuming' : status;
}

/** A text with a capital letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a sandbox is called: its name, or, when it has none, its id. */
export const titleOf = ({ name, id }: Pick<DisplayedSandbox, 'name' | 'id'>): string => name ?? id;

const eventWords: Readonly<Record<string, string>> = {
  created: 'Created',
  'boot.progressed': 'Still waiting to boot',
  'boot.completed': 'Booted',
  'boot.failed': 'Boot failed',
  suspend: 'Suspend asked for',
  'suspend.completed': 'Suspended',
  'suspend.failed': 'Suspend failed',
  resume: 'Resume asked for',
  'resume.completed': 'Resumed',
  'resume.failed': 'Resume failed',
  snapshot: 'Snapshot asked for',
  'snapshot.completed': 'Snapshot taken',
  'snapshot.failed': 'Snapshot failed',
  rename: 'Renamed',
  keepalive: 'Kept alive',
  terminate: 'Terminated',
  crashed: 'Crashed',
};

type Step = Pick<TimelineEntry, 'event' | 'from' | 'sandbox'>;

/** What happened, in a few words. */
export function eventWord(step: Step): string {
  const { event, sandbox } = step;
  if (event === 'boot.progressed' && sandbox.pendingReason)
    return capital(sandbox.pendingReason.replaceAll('_', ' '));
  if (event === null) return capital(statusWord(sandbox));
  if (event !== 'timeout') return eventWords[event] ?? event;
  return hasTakenTooLong(step) ? 'Took too long' : 'Its time was up';
}

/** Whether an entry says that the platform could not do what it was asked for. */
export function isFailure(step: Step): boolean {
  return step.event === 'crashed' || step.event?.endsWith('.failed') || hasTakenTooLong(step);
}

/** Whether the clock ended an operation, and not the time of a sandbox. */
function hasTakenTooLong({ event, from, sandbox }: Step): boolean {
  if (event !== 'timeout') return false;
  if (from === 'snapshotting') return sandbox.status === 'running';
  return from === 'pending' || from === 'suspending' || from === 'suspended';
}

/** Who did it. */
export function actorWord({ isMine, actor }: Pick<TimelineEntry, 'isMine' | 'actor'>): string | null {
  if (isMine) return 'you';
  if (actor === 'platform' || actor === 'clock') return `the ${actor}`;
  return actor === 'user' ? 'a user' : actor;
}

/** How a sandbox ended, in one sentence. */
export function outcomeWord({ outcome }: Pick<DisplayedSandbox, 'outcome'>): string | null {
  if (outcome === null) return null;
  const reasons: Readonly<Record<string, string>> = {
    user_terminated: 'It was terminated on request.',
    timeout: 'Its time was up.',
    startup_failed: 'It could not be started.',
    startup_timed_out: 'It did not start in time.',
    crashed: 'It crashed.',
  };
  return `${reasons[outcome.reason] ?? 'It ended.'}${outcome.detail ? ` ${outcome.detail}` : ''}`;
}
