import type { Protocol } from './protocol.ts';
import type { ServerUpdate } from './server-update.ts';
import { backOff } from './times.ts';
import type { ConnectionContext } from './transport.ts';

/** Whom a stream tells. */
export interface StreamObserver {
  sandboxId(): string | undefined;
  /** From here on nothing is left out. */
  onOpen(): void;
  onUpdate(reading: ServerUpdate): void;
  onLost(problem: string): void;
}

/** One stream after the other, each taken up where the last one ended. */
export interface StreamFollower {
  /** Begins to follow, unless it does already, cannot, or broke a moment ago. Answers whether it has requestedAt. */
  begin(): boolean;
  stop(): void;
}

/** A stream that counts as broken when it falls silent, and is then left alone for a while. */
export function createStreamFollower(
  wire: Protocol,
  setting: ConnectionContext,
  target: StreamObserver,
): StreamFollower {
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
    target.onLost(problem);
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
      /** Passes over what comes when this one is over: another may have requestedAt. */
      const heed =
        <Told extends unknown[]>(callback: (...told: Told) => void) =>
        (...told: Told) => {
          if (hangUp !== mine) return;
          heard();
          callback(...told);
        };
      const mine = wire.follow(target.sandboxId(), sequence, {
        onOpen: heed(() => {
          failures = 0;
          target.onOpen();
        }),
        onUpdate: heed((reading: ServerUpdate) => {
          sequence = reading.sequence ?? sequence;
          target.onUpdate(reading);
        }),
        onAlive: heed(() => {}),
        onClosed: heed(lose),
      });
      hangUp = mine;
      heard();
      return true;
    },
    stop,
  };
}
