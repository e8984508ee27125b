import type { Clock } from '../../../src/utils/clock.ts';

/** One incarnation of a host. When it is over, nothing of it goes on, and nothing that it does is felt. */
export interface Life {
  /** 1 for the first host. */
  readonly number: number;
  isOver(): boolean;
  /** Calls back when it is over. Answers how to call that off. */
  onEnd(callback: () => void): () => void;
  /** Calls back as soon as it begins to go: when it is stopped as it should be, and at the latest when it is over. */
  onGoing(callback: () => void): () => void;
  /** It is being stopped as it should be. */
  leave(): void;
  /** Ends it, as a power cut does. Once is enough. */
  end(): void;
  /** What was awaited, as long as it is not over: then it never settles. */
  during<Result>(awaited: Promise<Result>): Promise<Result>;
  /** A clock that wakes nobody any more once it is over. */
  clock(clock: Clock): Clock;
}

/** Never settles. */
export const never = <Result>() => new Promise<Result>(() => {});

/** A new life. */
export function createLife(number: number): Life {
  const callbacks = new Set<() => void>();
  const going = new Set<() => void>();
  let isOver = false;

  function leave(): void {
    for (const callback of going) callback();
    going.clear();
  }

  return {
    number,
    isOver: () => isOver,
    onEnd(callback) {
      if (isOver) callback();
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    onGoing(callback) {
      going.add(callback);
      return () => void going.delete(callback);
    },
    leave,
    end() {
      if (isOver) return;
      isOver = true;
      leave();
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
      wake: (afterMs, callback) => clock.wake(afterMs, () => !isOver && callback()),
    }),
  };
}
