import type { Clock } from '../../utils/clock.ts';
import { problemOf } from './check-update.ts';
import { type ClockOffset, createClockOffset } from './clock-offset.ts';
import type { ServerReply } from './command-request.ts';
import type { Protocol } from './protocol.ts';
import { createQuietPeriod, type QuietPeriod } from './quiet-period.ts';
import { createReader } from './reader.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';
import { createStreamFollower } from './stream-follower.ts';
import { retryDelayMs } from './times.ts';
import type { Connection, ConnectionContext, ConnectionObserver, Transport } from './transport.ts';

/** The time that an opening stream has until the first state is read without it, in ms. */
const openingMs = 400;

/** The state that the connections of a transport share. */
interface SharedState {
  readonly quiet: QuietPeriod;
  /** The clocks of the started connections. */
  readonly clocks: Set<{ readonly clock: Clock; readonly clockOffset: ClockOffset }>;
}

/**
 * Creates a transport from your own protocol: with a stream if the protocol can follow, by polling if it cannot or while the
 * stream is broken.
 *
 * @example
 * const transport = createTransport({ isVersioned: false, read, send });
 */
export function createTransport(protocol: Protocol): Transport {
  const { isVersioned, scope, request } = protocol;
  const shared: SharedState = { quiet: createQuietPeriod(), clocks: new Set() };
  return {
    isVersioned,
    scope,
    request,
    problemOf,
    send(command, signal) {
      const sent = [...shared.clocks].map((clocks) => ({ ...clocks, atMs: clocks.clock.now() }));
      return protocol.send(command, signal).then((reply: ServerReply) => {
        for (const { clock, clockOffset, atMs } of sent) {
          if (reply.serverTime) clockOffset.learn(reply.serverTime, atMs);
          if (reply.outcome === 'unknown') shared.quiet.begin(clock, reply.retryAfterMs, reply.problem);
        }
        return reply;
      });
    },
    connect: (context, observer) => createConnection(protocol, context, observer, shared),
  };
}

/** Creates a connection that polls until there is a stream, and again while the stream is broken. */
function createConnection(
  protocol: Protocol,
  context: ConnectionContext,
  observer: ConnectionObserver,
  { quiet, clocks }: SharedState,
): Connection {
  const { clock, times, random, nextTick } = context;
  let isStarted = false;
  /** Whether a sandbox can still change, or has not been read since the start. */
  let isActive = false;
  let hasRead = false;
  /** Whether a read was requested that has not been sent yet. */
  let isReadDue = false;
  /** The tick from which the stream is complete, or 0; and whether everything before it is known too. */
  let openedAt = 0;
  let isLive = false;
  let failures = 0;
  let cancelPoll = () => {};
  let endWakes = () => {};

  const clockOffset = createClockOffset(clock, () => isStarted && observer.onClock?.());
  const ownClocks = { clock, clockOffset };
  const reader = createReader(protocol, context, observer, clockOffset, onRead);
  const stream = createStreamFollower(protocol, context, clockOffset, {
    sandboxId: observer.sandboxId,
    onOpen() {
      openedAt = nextTick();
      isLive = false;
      read();
    },
    onUpdate: (update) => observer.onUpdate(update, 0),
    onLateFrame: read,
    onLost(problem, retryAfterMs) {
      const wasOpen = openedAt > 0;
      const wasLive = isLive;
      openedAt = 0;
      isLive = false;
      quiet.begin(clock, retryAfterMs, problem);
      if (wasLive && !observer.isFinished()) {
        // Also when the sandbox has ended by the next try: only a read shows that nothing is missing.
        hasRead = false;
        observer.onConnection('stale', problem);
      }
      // The clients of a server that stops come back one after the other.
      if (wasOpen) schedule(times.pollMs * (0.1 + 0.9 * random()));
      else poll();
    },
  });

  function read(): void {
    if (!isStarted) return;
    isReadDue = true;
    poll();
  }

  function onRead(result: ServerUpdate | ReadFailure, requestedAt: number): void {
    if ('problem' in result) {
      const { problem, isReachable, isPermanent, retryAfterMs } = result;
      failures = isPermanent ? Number.POSITIVE_INFINITY : failures + 1;
      quiet.begin(clock, retryAfterMs, problem);
      if (!isLive) observer.onConnection(isReachable ? 'stale' : 'offline', problem);
    } else {
      failures = 0;
      hasRead = true;
      // The update precedes the connection state, so that commands that waited for a connection are checked against it.
      const isInTime = observer.onUpdate(result, requestedAt);
      if (!isStarted) return;
      isLive ||= isInTime && openedAt > 0 && requestedAt > openedAt;
      observer.onConnection(isLive ? 'live' : 'polling', null);
      if (!isInTime) read();
    }
    schedule();
  }

  /** Sends the read that is due, and opens the stream if it is time to try; reads if it is not. */
  function poll(): void {
    if (!isStarted) return;
    const isFinished = observer.isFinished();
    // A sandbox that has ended is read once: the page may have its record already, but not its history.
    isActive = failures > 0 || !hasRead || !isFinished;
    if (!isReadDue && (isLive || !isActive)) return;
    let afterMs: number | undefined;
    if (quiet.remainingMs(clock) > 0) {
      if (!isLive) observer.onConnection('stale', quiet.problem());
    } else {
      const isOpening = !isLive && !isFinished && stream.open();
      if (isReadDue || !isOpening) reader.read();
      isReadDue = false;
      afterMs = isOpening && !hasRead ? openingMs : times.pollMs;
    }
    schedule(afterMs);
  }

  /** Polls after this time, or later if the server asked to wait longer. */
  function schedule(afterMs = failures > 0 ? retryDelayMs(failures, times, random) : times.pollMs): void {
    cancelPoll();
    if (!isStarted || (isLive && !isReadDue)) return;
    const quietMs = quiet.remainingMs(clock);
    cancelPoll = clock.wake(Math.max(afterMs, quietMs && quietMs + random() * times.pollMs), poll);
  }

  function wake(): void {
    failures = 0;
    hasRead = false;
    isReadDue = isLive;
    stream.endBackOff();
    poll();
  }

  return {
    start() {
      if (!isStarted) {
        isStarted = true;
        clocks.add(ownClocks);
        endWakes = protocol.onWake?.(wake) ?? endWakes;
      }
      if (!isActive) poll();
    },
    read,
    stop() {
      if (!isStarted) return;
      isStarted = isActive = isLive = hasRead = isReadDue = false;
      openedAt = 0;
      clocks.delete(ownClocks);
      endWakes();
      cancelPoll();
      stream.stop();
      reader.stop();
      observer.onConnection('stale', null);
    },
    aheadMs: clockOffset.aheadMs,
  };
}
