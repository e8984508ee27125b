import type { DisplayedSandbox, TimelineEntry } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';

/** The labels of a command: on its button, on its button while it is in progress, and in logs and notices. */
export const commandWords: Readonly<Record<CommandName, { label: string; busy: string; noun: string }>> = {
  suspend: { label: 'Suspend', busy: 'Suspending…', noun: 'Suspend' },
  resume: { label: 'Resume', busy: 'Resuming…', noun: 'Resume' },
  snapshot: { label: 'Take snapshot', busy: 'Taking snapshot…', noun: 'Snapshot' },
  rename: { label: 'Rename', busy: 'Renaming…', noun: 'Rename' },
  keepalive: { label: 'Keep alive', busy: 'Keeping alive…', noun: 'Keepalive' },
  setTimeouts: { label: 'Change limits', busy: 'Changing limits…', noun: 'Change of limits' },
  configure: { label: 'Configure', busy: 'Configuring…', noun: 'Configuration' },
  terminate: { label: 'Terminate', busy: 'Terminating…', noun: 'Terminate' },
};

/** The text of a status pill: the status, or `resuming` for a suspended sandbox with a resume in progress. */
export function statusWord({ status, operation }: Pick<DisplayedSandbox, 'status' | 'operation'>): string {
  return status === 'suspended' && operation !== null ? 'resuming' : status;
}

/** The text with its first letter in upper case. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The title of a sandbox: its name, or its id without one. */
export const titleOf = ({ name, id }: Pick<DisplayedSandbox, 'name' | 'id'>): string => name ?? id;

const eventWords: Readonly<Record<string, string>> = {
  created: 'Created',
  'boot.progressed': 'Still waiting to boot',
  'boot.completed': 'Booted',
  'boot.failed': 'Boot failed',
  suspend: 'Suspend requested',
  'suspend.completed': 'Suspended',
  'suspend.failed': 'Suspend failed',
  resume: 'Resume requested',
  'resume.completed': 'Resumed',
  'resume.failed': 'Resume failed',
  snapshot: 'Snapshot requested',
  'snapshot.completed': 'Snapshot taken',
  'snapshot.failed': 'Snapshot failed',
  rename: 'Renamed',
  keepalive: 'Kept alive',
  setTimeouts: 'Limits changed',
  configure: 'Configuration changed',
  terminate: 'Terminated',
  crashed: 'Crashed',
  lost: 'Lost',
  'deadline.moved': 'More time for the operation',
};

type Step = Pick<TimelineEntry, 'event' | 'from' | 'sandbox'>;

/** The title of a timeline entry. */
export function eventWord(step: Step): string {
  const { event, sandbox } = step;
  if (event === 'boot.progressed' && sandbox.pendingReason)
    return capital(sandbox.pendingReason.replaceAll('_', ' '));
  if (event === null) return capital(statusWord(sandbox));
  if (event === 'exited')
    return sandbox.outcome?.reason === 'completed' ? 'Completed' : 'Exited with an error';
  if (event === 'timeout' && sandbox.outcome?.reason === 'discarded') return 'Discarded';
  if (event !== 'timeout') return eventWords[event] ?? event;
  return isOperationTimeout(step) ? 'Timed out' : 'Time limit reached';
}

/** Whether an entry is a failure of the platform. */
export function isFailure(step: Step): boolean {
  const { event, sandbox } = step;
  if (event === 'exited') return sandbox.outcome?.result === 'failure';
  return (
    event === 'crashed' || event === 'lost' || step.event?.endsWith('.failed') || isOperationTimeout(step)
  );
}

/** Whether a timeout ended an operation, not the time limit of the sandbox. */
function isOperationTimeout({ event, from, sandbox }: Step): boolean {
  if (event !== 'timeout') return false;
  if (from === 'snapshotting') return sandbox.status === 'running';
  if (sandbox.outcome?.reason === 'discarded') return false;
  return from === 'pending' || from === 'suspending' || from === 'suspended';
}

/** The actor of an entry. */
export function actorWord({ isMine, actor }: Pick<TimelineEntry, 'isMine' | 'actor'>): string | null {
  if (isMine) return 'you';
  if (actor === 'platform' || actor === 'clock') return `the ${actor}`;
  return actor === 'user' ? 'a user' : actor;
}

/** The end of a sandbox in one sentence. */
export function outcomeWord({ outcome }: Pick<DisplayedSandbox, 'outcome'>): string | null {
  if (outcome === null) return null;
  const reasons: Readonly<Record<string, string>> = {
    user_terminated: 'The sandbox was terminated on request.',
    timeout: 'The sandbox reached its time limit.',
    discarded: 'The sandbox was suspended for longer than its limit, and was discarded.',
    completed: 'The program of the sandbox ended with success.',
    startup_failed: 'The sandbox failed to start.',
    startup_timed_out: 'The sandbox did not start in time.',
    crashed: 'The sandbox crashed.',
    lost: 'The platform lost the suspended sandbox.',
  };
  if (outcome.reason === 'timeout' && outcome.detail === 'idle') return 'The sandbox reached its idle limit.';
  return `${reasons[outcome.reason] ?? 'The sandbox ended.'}${outcome.detail ? ` ${outcome.detail}` : ''}`;
}

/** The last operation of a sandbox with its result, and the reason of a failure. */
export function lastOperationWord({ lastOperation }: Pick<DisplayedSandbox, 'lastOperation'>): string {
  if (lastOperation === null) return 'None yet';
  const { kind, result, reason } = lastOperation;
  return `${capital(kind)} ${result.replace('_', ' ')}${reason ? `: ${reason}` : ''}`;
}
