import type { TimelineEntry } from '../replica/state.ts';
import { displayStatusOf } from '../replica/view.ts';
import { capitalized } from './notice.ts';

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

/** The parts of an entry that the texts depend on. */
type Step = Pick<TimelineEntry, 'event' | 'from' | 'sandbox'>;

/**
 * Returns the title of a timeline entry: what happened, in a few words.
 *
 * @example
 * view.timeline.map(eventTitle); // ['Created', 'Booted', 'Suspend requested']
 */
export function eventTitle(step: Step): string {
  const { event, sandbox } = step;
  if (event === 'boot.progressed' && sandbox.pendingReason)
    return capitalized(sandbox.pendingReason.replaceAll('_', ' '));
  if (event === null) return capitalized(displayStatusOf(sandbox));
  if (event === 'exited')
    return sandbox.outcome?.reason === 'completed' ? 'Completed' : 'Exited with an error';
  if (event === 'timeout' && sandbox.outcome?.reason === 'discarded') return 'Discarded';
  if (event !== 'timeout') return eventWords[event] ?? event;
  return isOperationTimeout(step) ? 'Timed out' : 'Time limit reached';
}

/**
 * Returns whether a timeline entry is a failure of the platform. The server had accepted the command, so that no command was
 * rolled back.
 *
 * @example
 * const failures = view.timeline.filter(isFailure);
 */
export function isFailure(step: Step): boolean {
  const { event, sandbox } = step;
  if (event === 'exited') return sandbox.outcome?.result === 'failure';
  return event === 'crashed' || event === 'lost' || !!event?.endsWith('.failed') || isOperationTimeout(step);
}

/** Whether a timeout ended an operation, not the time limit of the sandbox. */
function isOperationTimeout({ event, from, sandbox }: Step): boolean {
  if (event !== 'timeout') return false;
  if (from === 'snapshotting') return sandbox.status === 'running';
  if (sandbox.outcome?.reason === 'discarded') return false;
  return from === 'pending' || from === 'suspending' || from === 'suspended';
}
