import { MalformedInputError } from '../../model/checks.ts';
import { jittered, retryMs } from '../../utils/back-off.ts';
import { type Clock, pause, waitAtMost } from '../../utils/clock.ts';
import { NotFoundError } from '../errors.ts';
import { isUnreadable } from '../store/errors.ts';

/** The work of a host that no caller awaits. */
export interface BackgroundTasks {
  /** Aborts when the host closes. Tasks are not retried after that. */
  readonly closing: AbortSignal;
  /** Starts a task as {@link untilDone} does. {@link settled} waits for it. */
  run(act: () => Promise<void>, sandboxId: string | null): void;
  /** Runs a task until it succeeds, can never succeed, or the host closes. Does not throw. */
  untilDone(act: () => Promise<void>, sandboxId: string | null): Promise<void>;
  /** How many tasks are in progress. */
  count(): number;
  /** Ends all retries. */
  stop(): void;
  /** Resolves when no task is in progress, or after `mostMs`. */
  settled(mostMs: number): Promise<void>;
}

/**
 * Creates background tasks. `onProblem` is called with each error, including those that lead to a retry. A retry
 * waits 0.5 to 1 s, by `random`.
 */
export function createBackgroundTasks(
  clock: Clock,
  onProblem: (error: unknown, sandboxId: string | null) => void,
  random: () => number = Math.random,
): BackgroundTasks {
  const closing = new AbortController();
  const inProgress = new Set<Promise<void>>();

  async function untilDone(act: () => Promise<void>, sandboxId: string | null): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof NotFoundError) return;
        onProblem(error, sandboxId);
        if (error instanceof MalformedInputError || isUnreadable(error)) return;
        await pause(clock, jittered(retryMs, random), closing.signal);
      }
    }
  }

  return {
    closing: closing.signal,
    run(act, sandboxId) {
      const done = untilDone(act, sandboxId);
      inProgress.add(done);
      void done.finally(() => inProgress.delete(done));
    },
    untilDone,
    count: () => inProgress.size,
    stop: () => closing.abort(),
    settled: (mostMs) => waitAtMost(clock, mostMs, Promise.all(inProgress)),
  };
}
