import { type Clock, elapsedBy } from '../../../src/utils/clock.ts';

/** The life of one host, from its start to its stop or crash. When it is over, the host runs nothing and has no effect. */
export interface Life {
  /** 1 for the first host. */
  readonly number: number;
  isOver(): boolean;
  /** Calls back when the life is over. Returns a function that removes the callback. */
  onEnd(callback: () => void): () => void;
  /** Calls back when a graceful stop begins, and at the latest when the life is over. */
  onStopping(callback: () => void): () => void;
  /** Begins a graceful stop. */
  beginStop(): void;
  /** Ends the life, as a power cut does. Idempotent. */
  end(): void;
  /** Settles like the given promise while the life lasts, and never afterwards. */
  during<Result>(awaited: Promise<Result>): Promise<Result>;
  /** A clock that calls no callbacks once the life is over. */
  clock(clock: Clock): Clock;
}

/** A promise that never settles. */
export const never = <Result>() => new Promise<Result>(() => {});

/** Creates a life. */
export function createLife(number: number): Life {
  const callbacks = new Set<() => void>();
  const stopping = new Set<() => void>();
  let isOver = false;

  function beginStop(): void {
    for (const callback of stopping) callback();
    stopping.clear();
  }

  return {
    number,
    isOver: () => isOver,
    onEnd(callback) {
      if (isOver) callback();
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    onStopping(callback) {
      stopping.add(callback);
      return () => void stopping.delete(callback);
    },
    beginStop,
    end() {
      if (isOver) return;
      isOver = true;
      beginStop();
      for (const callback of callbacks) callback();
    },
    during: (awaited) =>
      new Promise((resolve, reject) => {
        awaited.then(
          (result) => !isOver && resolve(result),
          (error) => !isOver && reject(error),
        );
      }),
    clock: (clock) => ({
      now: () => clock.now(),
      elapsed: () => elapsedBy(clock),
      wake: (afterMs, callback) => clock.wake(afterMs, () => !isOver && callback()),
    }),
  };
}
