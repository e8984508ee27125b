import type { TimelineEntry } from '../replica/state.ts';
import { type DisplayedSandbox, displayStatusOf } from '../replica/view.ts';
import { eventTitle, isFailure } from './event-title.ts';
import type { Notice } from './notice.ts';

/**
 * Returns the notice of a timeline entry that is a failure of the platform, with the platform's own sentence; null for every
 * other entry.
 *
 * @example
 * const notices = view.timeline.flatMap((entry) => failureNotice(entry) ?? []);
 */
export function failureNotice(entry: Omit<TimelineEntry, 'isMine'>): Notice | null {
  if (!isFailure(entry)) return null;
  const { sandbox, detail } = entry;
  const ending = outcomeSentence(sandbox);
  return {
    id: `${sandbox.id} ${sandbox.version}`,
    kind: 'failed',
    title: `${eventTitle(entry)}: ${sandbox.name ?? sandbox.id}`,
    message: ending ?? detail ?? 'The operation failed on the platform.',
    effect: ending ? 'The sandbox is terminated.' : `The sandbox is ${displayStatusOf(sandbox)} again.`,
  };
}

/**
 * Returns how a sandbox ended, in one sentence; null before its end.
 *
 * @example
 * outcomeSentence(sandbox); // 'The sandbox crashed. Out of memory.'
 */
export function outcomeSentence({ outcome }: Pick<DisplayedSandbox, 'outcome'>): string | null {
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
