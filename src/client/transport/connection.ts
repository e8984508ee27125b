import type { Protocol } from './protocol.ts';
import { createReader } from './reader.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';
import { createStreamFollower } from './stream-follower.ts';
import { retryDelayMs } from './times.ts';
import type { Connection, ConnectionContext, ConnectionObserver, Transport } from './transport.ts';

/**
 * Creates a transport from your own protocol: with a stream if the protocol can follow, by polling if it cannot or while the
 * stream is broken.
 *
 * @example
 * const transport = createTransport({ isVersioned: false, read, send });
 */
export function createTransport(protocol: Protocol): Transport {
  return {
    isVersioned: protocol.isVersioned,
    send: (request, signal) => protocol.send(request, signal),
    connect: (context, observer) => createConnection(protocol, context, observer),
  };
}

/** Creates a connection that polls until there is a stream, and again while the stream is broken. */
function createConnection(
  protocol: Protocol,
  context: ConnectionContext,
  observer: ConnectionObserver,
): Connection {
  const { clock, times, random, nextTick } = context;
  let isActive = false;
  let isStopped = false;
  let hasRead = false;
  /** The tick from which the stream is complete, or 0; and whether everything before it is known too. */
  let openedAt = 0;
  let isLive = false;
  let failures = 0;
  let cancelPoll = () => {};

  const reader = createReader(protocol, context, observer, onRead);
  const stream = createStreamFollower(protocol, context, {
    sandboxId: observer.sandboxId,
    onOpen() {
      openedAt = nextTick();
      isLive = false;
      read();
    },
    onUpdate: (update) => observer.onUpdate(update, 0),
    onLost(problem) {
      if (isLive && !observer.isFinished()) observer.onConnection('stale', problem);
      openedAt = 0;
      isLive = false;
      poll();
    },
  });

  function read(): void {
    if (!isStopped) reader.read();
  }

  function onRead(result: ServerUpdate | ReadFailure, requestedAt: number): void {
    if ('problem' in result) {
      failures++;
      if (!isLive) observer.onConnection(result.isReachable ? 'stale' : 'offline', result.problem);
    } else {
      failures = 0;
      hasRead = true;
      // The update precedes the connection state, so that commands that waited for a connection are checked against it.
      const isInTime = observer.onUpdate(result, requestedAt);
      isLive ||= isInTime && openedAt > 0 && requestedAt > openedAt;
      observer.onConnection(isLive ? 'live' : 'polling', null);
      if (!isInTime) read();
    }
    schedulePoll();
  }

  /** Opens the stream if it is time to try; reads if it is not. */
  function poll(): void {
    if (isStopped || isLive) return;
    const isFinished = observer.isFinished();
    // A sandbox that has ended is read once: the page may have its record already, but not its history.
    isActive = failures > 0 || !hasRead || !isFinished;
    if (!isActive) return;
    if (isFinished || !stream.open()) read();
    schedulePoll();
  }

  function schedulePoll(): void {
    cancelPoll();
    if (isStopped || isLive) return;
    cancelPoll = clock.wake(failures > 0 ? retryDelayMs(failures, times, random) : times.pollMs, poll);
  }

  return {
    start() {
      if (!isActive) poll();
    },
    read,
    stop() {
      isStopped = true;
      cancelPoll();
      stream.stop();
      reader.stop();
    },
    aheadMs: reader.aheadMs,
  };
}
