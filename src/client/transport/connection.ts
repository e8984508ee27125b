import { createClockOffset } from './clock-offset.ts';
import type { Protocol } from './protocol.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';
import { createStreamFollower } from './stream-follower.ts';
import { backOff } from './times.ts';
import type { Connection, ConnectionContext, ConnectionObserver } from './transport.ts';
import { withTimeout } from './with-timeout.ts';

/** A feed over this wire: reads round after round until there is a stream, and again while it is broken. */
export function createConnection(
  wire: Protocol,
  setting: ConnectionContext,
  target: ConnectionObserver,
): Connection {
  const { clock, times, random, nextTick } = setting;
  const serverTime = createClockOffset(clock);
  let isActive = false;
  let isStopped = false;
  /** Since which tick the stream leaves nothing out, or 0; and whether all that was before is known too. */
  let opened = 0;
  let isLive = false;
  let failures = 0;
  let cancelRound = () => {};
  const reads = new Set<() => void>();

  const stream = createStreamFollower(wire, setting, {
    sandboxId: target.sandboxId,
    onOpen() {
      opened = nextTick();
      isLive = false;
      read();
    },
    onUpdate: (reading) => target.onUpdate(reading, 0),
    onLost(problem) {
      const wasLive = isLive;
      opened = 0;
      isLive = false;
      if (wasLive && !target.isFinished()) target.onConnection('stale', problem);
      round();
    },
  });

  function read(): void {
    if (isStopped) return;
    const requestedAt = nextTick();
    const began = clock.now();
    const cancel = withTimeout<ServerUpdate | ReadFailure>(
      clock,
      times.requestMs,
      (signal) => wire.read(target.sandboxId(), target.known(), signal),
      (answer = { problem: 'The server is not reached.', isReachable: false }) => {
        reads.delete(cancel);
        if ('problem' in answer) {
          failures++;
          if (!isLive) target.onConnection(answer.isReachable ? 'stale' : 'offline', answer.problem);
        } else {
          failures = 0;
          if (answer.serverTime) serverTime.learn(answer.serverTime, began);
          // The truth comes before the word that there is a connection: what waited for one is judged by it.
          const isInTime = target.onUpdate(answer, requestedAt);
          isLive = isLive || (isInTime && opened > 0 && requestedAt > opened);
          target.onConnection(isLive ? 'live' : 'polling', null);
          if (!isInTime) read();
        }
        plan();
      },
    );
    reads.add(cancel);
  }

  /** One round of asking, until there is a stream: try the stream when it is time to, else read. */
  function round(): void {
    if (isStopped || isLive) return;
    isActive = failures > 0 || !target.isFinished();
    if (!isActive) return;
    if (!stream.begin()) read();
    plan();
  }

  function plan(): void {
    cancelRound();
    if (isStopped || isLive) return;
    cancelRound = clock.wake(failures > 0 ? backOff(failures, times, random) : times.pollMs, round);
  }

  return {
    start() {
      if (!isActive) round();
    },
    read,
    stop() {
      isStopped = true;
      cancelRound();
      stream.stop();
      for (const cancel of reads) cancel();
    },
    aheadMs: serverTime.aheadMs,
  };
}
