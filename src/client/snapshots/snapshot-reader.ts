import type { RequestContext } from '../requests/repeat-request.ts';
import type { ReadFailure } from '../transport/server-update.ts';
import { retryDelayMs } from '../transport/times.ts';
import { withTimeout } from '../transport/with-timeout.ts';
import { readSnapshots } from './read-snapshots.ts';
import type { SnapshotView } from './snapshot-view.ts';

/** Reads the snapshots, and again after a failure and while a capture is in progress. */
export interface SnapshotReader {
  /** Reads now; after the read in progress, if there is one, because that one may be older than its reason. */
  read(): void;
  /** Cancels the read in progress and the next one. */
  stop(): void;
}

/** The client that a reader reads for. */
interface SnapshotObserver {
  /** Whether the reader repeats its reads. */
  isKept(): boolean;
  onRead(snapshots: readonly SnapshotView[]): void;
  onProblem(problem: string): void;
}

type Result = Awaited<ReturnType<typeof readSnapshots>>;

/** Creates a reader that has not read. */
export function createSnapshotReader(
  { transport, clock, times, random }: RequestContext,
  observer: SnapshotObserver,
): SnapshotReader {
  let failures = 0;
  let cancelRead: (() => void) | undefined;
  let isReadAgain = false;
  let cancelPoll = () => {};

  function read(): void {
    isReadAgain = cancelRead !== undefined;
    if (isReadAgain) return;
    cancelPoll();
    const call = (signal: AbortSignal) => readSnapshots(transport.request ?? noRequest, signal);
    cancelRead = withTimeout<Result>(clock, times.requestMs, call, (result = unreachable) => {
      cancelRead = undefined;
      const afterMs = apply(result);
      if (isReadAgain) read();
      else if (afterMs !== undefined && observer.isKept()) cancelPoll = clock.wake(afterMs, read);
    });
  }

  /** Applies a result. Returns the time until the next read; undefined if none is necessary. */
  function apply(result: Result): number | undefined {
    if ('problem' in result) {
      failures++;
      observer.onProblem(result.problem);
      return Math.max(result.retryAfterMs ?? 0, retryDelayMs(failures, times, random));
    }
    failures = 0;
    observer.onRead(result.snapshots);
    return result.snapshots.some(({ status }) => status === 'in_progress') ? times.pollMs : undefined;
  }

  return {
    read,
    stop() {
      cancelPoll();
      cancelRead?.();
      cancelRead = undefined;
    },
  };
}

const unreachable: ReadFailure = { problem: 'The server could not be reached.', isReachable: false };

const noRequest = () => Promise.reject(new TypeError('The transport has no `request`.'));
