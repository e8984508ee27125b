import { type Clock, elapsedBy } from '../../utils/clock.ts';

/** A clock that has the time of a store. */
export interface StoreClock extends Clock {
  /** Notes that the store had the time `now` (epoch ms) at some moment between these elapsed times. */
  note(now: number, sentAt: number, receivedAt: number): void;
}

/**
 * Creates a clock whose time is that of a store, and which goes on by elapsed time. An answer that took long says little, so the clock
 * changes only as far as an answer demands.
 */
export function createStoreClock(clock: Clock): StoreClock {
  let offset: number | undefined;
  return {
    now: () => (offset === undefined ? clock.now() : Math.floor(elapsedBy(clock) + offset)),
    elapsed: () => elapsedBy(clock),
    wake: (afterMs, callback) => clock.wake(afterMs, callback),
    note(now, sentAt, receivedAt) {
      const [least, most] = [now - receivedAt, now - sentAt];
      offset = Math.min(Math.max(offset ?? least, least), most);
    },
  };
}
