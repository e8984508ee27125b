import type { Wire } from './protocol.ts';
import type { Reading } from './server-update.ts';
import { backOff } from './times.ts';
import type { FeedSetting } from './transport.ts';

/** Whom a stream tells. */
export interface StreamTarget {
  sandboxId(): string | undefined;
  /** From here on nothing is left out. */
  opened(): void;
  told(reading: Reading): void;
  lost(problem: string): void;
}

/** One stream after the other, each taken up where the last one ended. */
export interface Stream {
  /** Begins to follow, unless it does already, cannot, or broke a moment ago. Answers whether it has begun. */
  begin(): boolean;
  stop(): void;
}

/** A stream that counts as broken when it falls silent, and is then left alone for a while. */
export function createStream(wire: Wire, setting: FeedSetting, target: StreamTarget): Stream {
  const { clock, times, random } = setting;
  let failures = 0;
  let notBefore = 0;
  let sequence: number | undefined;
  let hangUp: (() => void) | undefined;
  let cancelSilence = () => {};

  function heard(): void {
    cancelSilence();
    cancelSilence = clock.wake(times.silenceMs, () => lose('The stream fell silent.'));
  }

  function lose(problem: string): void {
    stop();
    notBefore = clock.now() + backOff(++failures, times, random);
    target.lost(problem);
  }

  function stop(): void {
    const end = hangUp;
    cancelSilence();
    hangUp = undefined;
    end?.();
  }

  return {
    begin() {
      if (!wire.follow || hangUp || clock.now() < notBefore) return false;
      /** Passes over what comes when this one is over: another may have begun. */
      const heed =
        <Told extends unknown[]>(callback: (...told: Told) => void) =>
        (...told: Told) => {
          if (hangUp !== mine) return;
          heard();
          callback(...told);
        };
      const mine = wire.follow(target.sandboxId(), sequence, {
        open: heed(() => {
          failures = 0;
          target.opened();
        }),
        told: heed((reading: Reading) => {
          sequence = reading.sequence ?? sequence;
          target.told(reading);
        }),
        alive: heed(() => {}),
        closed: heed(lose),
      });
      hangUp = mine;
      heard();
      return true;
    },
    stop,
  };
}
