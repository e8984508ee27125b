import { problemOf } from './check-update.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { Protocol } from './protocol.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';
import type { ConnectionContext, ConnectionObserver } from './transport.ts';
import { withTimeout } from './with-timeout.ts';

/** Reads the server's state. */
export interface Reader {
  read(): void;
  /** Cancels the reads in progress. */
  stop(): void;
}

/** Creates a reader that corrects the clock's offset by each result. `onRead` receives the result and the tick of its request. */
export function createReader(
  protocol: Protocol,
  { clock, times, nextTick }: ConnectionContext,
  { sandboxId, knownVersion }: Pick<ConnectionObserver, 'sandboxId' | 'knownVersion'>,
  clockOffset: ClockOffset,
  onRead: (result: ServerUpdate | ReadFailure, requestedAt: number) => void,
): Reader {
  const inProgress = new Set<() => void>();
  return {
    read() {
      const requestedAt = nextTick();
      const sentAtMs = clock.now();
      const cancel = withTimeout<ServerUpdate | ReadFailure>(
        clock,
        times.requestMs,
        (signal) => protocol.read(sandboxId(), knownVersion(), signal),
        (received = { problem: 'The server could not be reached.', isReachable: false }) => {
          inProgress.delete(cancel);
          const problem = 'problem' in received ? undefined : problemOf(received);
          const result = problem ? { problem, isReachable: true } : received;
          if ('serverTime' in result && result.serverTime) clockOffset.learn(result.serverTime, sentAtMs);
          onRead(result, requestedAt);
        },
      );
      inProgress.add(cancel);
    },
    stop() {
      for (const cancel of inProgress) cancel();
      inProgress.clear();
    },
  };
}
