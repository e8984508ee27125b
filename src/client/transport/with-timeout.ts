import type { Clock } from '../../utils/clock.ts';

/**
 * Makes one call with a time limit. Calls `done` exactly once: with the result, or with undefined when the call failed or took
 * longer than `limitMs` and was aborted. The returned function aborts the call without `done`.
 */
export function withTimeout<Result>(
  clock: Clock,
  limitMs: number,
  call: (signal: AbortSignal) => PromiseLike<Result>,
  done: (result: Result | undefined) => void,
): () => void {
  const controller = new AbortController();
  let report: typeof done | undefined = done;
  const end = (result?: Result) => {
    const reportOnce = report;
    report = undefined;
    cancel();
    if (result === undefined) controller.abort();
    reportOnce?.(result);
  };
  const cancel = clock.wake(limitMs, end);
  Promise.resolve(controller.signal)
    .then(call)
    .then(end, () => end());
  return () => {
    report = undefined;
    end();
  };
}
