import { MalformedInputError } from '../../model/checks.ts';
import { type Clock, pause, waitAtMost } from '../../utils/clock.ts';
import { NotFoundError } from '../errors.ts';
import { BrokenRecordError } from '../store/store.ts';

/** What a host does that nobody waits for. */
export interface BackgroundTasks {
  /** Aborted when the host closes: nothing is tried again then. */
  readonly closing: AbortSignal;
  /** Does something in the background, where `close` waits for it. */
  run(act: () => Promise<void>, sandboxId: string | null): void;
  /** Does something until it succeeds, cannot ever succeed, or the host closes. Does not throw. */
  untilDone(act: () => Promise<void>, sandboxId: string | null): Promise<void>;
  /** Has nothing tried again from now on. */
  stop(): void;
  /** Resolves when nothing is under way, or so many ms have passed. */
  settled(mostMs: number): Promise<void>;
}

/** After something went wrong, how long until it is tried again, in ms. */
export const retryMs = 1_000;

/** A background that tells of what went wrong and will be tried again. */
export function createBackgroundTasks(
  clock: Clock,
  onProblem: (error: unknown, sandboxId: string | null) => void,
): BackgroundTasks {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function untilDone(act: () => Promise<void>, sandboxId: string | null): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof NotFoundError) return;
        onProblem(error, sandboxId);
        if (error instanceof MalformedInputError || error instanceof BrokenRecordError) return;
        await pause(clock, retryMs, closing.signal);
      }
    }
  }

  return {
    closing: closing.signal,
    run(act, sandboxId) {
      const done = untilDone(act, sandboxId);
      underWay.add(done);
      void done.finally(() => underWay.delete(done));
    },
    untilDone,
    stop: () => closing.abort(),
    settled: (mostMs) => waitAtMost(clock, mostMs, Promise.all(underWay)),
  };
}
