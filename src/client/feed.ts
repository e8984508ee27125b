import { ask } from './ask.ts';
import type { Setting } from './options.ts';
import { backOff } from './times.ts';
import type { Failure, Reading } from './transport.ts';

/**
 * How a client hears of the server. `live`: a stream tells everything as it happens. `polling`: it asks again and again.
 * `offline`: the server is not reached. `stale`: what is shown may be old, because nothing has come yet, the stream
 * has just broken, or the server answers but does not tell.
 */
export type Connection = 'live' | 'polling' | 'offline' | 'stale';

/** Whom a feed tells. */
export interface Target {
  /** Something was told, asked for at the tick `begun` (0: unasked). Answers false when it came too late to count. */
  told(reading: Reading, begun: number): boolean;
  connected(connection: Connection, problem: string | null): void;
  /** The id to ask for, or undefined for all. */
  sandboxId(): string | undefined;
  /** The version that is known already. */
  known(): number | undefined;
  /** Whether nothing can come any more. */
  isFinished(): boolean;
}

/** Keeps a client told: by a stream where there is one, by polling where there is none or while it is broken. */
export interface Feed {
  /** Begins, unless it has begun; begins again when it had come to an end. */
  start(): void;
  /** Reads now. */
  read(): void;
  stop(): void;
}

/** A feed that tells this target, once it is started. */
export function createFeed(setting: Setting, target: Target): Feed {
  const { transport, clock, times, random, serverTime, tick } = setting;
  let isActive = false;
  let isStopped = false;
  /** Since which tick the stream leaves nothing out, or 0; and whether all that was before is known too. */
  let opened = 0;
  let isLive = false;
  let failures = 0;
  let streamFailures = 0;
  let streamAt = 0;
  let sequence: number | undefined;
  let hangUp: (() => void) | undefined;
  let cancelRound = () => {};
  let cancelSilence = () => {};
  const reads = new Set<() => void>();

  function read(): void {
    if (isStopped) return;
    const begun = tick();
    const began = clock.now();
    const cancel = ask<Reading | Failure>(
      clock,
      times.requestMs,
      (signal) => transport.read(target.sandboxId(), target.known(), signal),
      (answer = { problem: 'The server is not reached.', isReachable: false }) => {
        reads.delete(cancel);
        if ('problem' in answer) {
          failures++;
          if (!isLive) target.connected(answer.isReachable ? 'stale' : 'offline', answer.problem);
        } else {
          failures = 0;
          if (answer.serverTime) serverTime.learn(answer.serverTime, began);
          // The truth comes before the word that there is a connection: what waited for one is judged by it.
          const isInTime = target.told(answer, begun);
          isLive = isLive || (opened > 0 && begun > opened);
          target.connected(isLive ? 'live' : 'polling', null);
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
    if (transport.follow && !hangUp && clock.now() >= streamAt) follow();
    else read();
    plan();
  }

  function plan(): void {
    cancelRound();
    if (isStopped || isLive) return;
    cancelRound = clock.wake(failures > 0 ? backOff(failures, times, random) : times.pollMs, round);
  }

  function follow(): void {
    const mine = transport.follow?.(target.sandboxId(), sequence, {
      open() {
        if (hangUp !== mine) return;
        heard();
        opened = tick();
        isLive = false;
        streamFailures = 0;
        read();
      },
      told(reading) {
        if (hangUp !== mine) return;
        heard();
        sequence = reading.sequence ?? sequence;
        target.told(reading, 0);
      },
      alive() {
        if (hangUp === mine) heard();
      },
      closed(problem) {
        if (hangUp === mine) lose(problem);
      },
    });
    hangUp = mine;
    heard();
  }

  function heard(): void {
    cancelSilence();
    cancelSilence = clock.wake(times.silenceMs, () => lose('The stream fell silent.'));
  }

  function lose(problem: string): void {
    const wasLive = isLive;
    letGo();
    streamAt = clock.now() + backOff(++streamFailures, times, random);
    if (wasLive && !target.isFinished()) target.connected('stale', problem);
    round();
  }

  function letGo(): void {
    const stop = hangUp;
    cancelSilence();
    hangUp = undefined;
    opened = 0;
    isLive = false;
    stop?.();
  }

  return {
    start() {
      if (!isActive) round();
    },
    read,
    stop() {
      isStopped = true;
      cancelRound();
      letGo();
      for (const cancel of reads) cancel();
    },
  };
}
