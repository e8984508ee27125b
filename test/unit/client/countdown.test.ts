import { expect, test } from 'vitest';
import { createCountdown } from '../../../src/client/index.ts';
import { createWorld } from '../../harness/client/world.ts';

test('a countdown notifies once a second until 0, and leaves no timer', async () => {
  const world = createWorld(10_300);
  const countdown = createCountdown({ localAt: 13_000 }, world);
  expect([countdown.getSnapshot(), countdown.getServerSnapshot()]).toEqual([3, null]);
  const seen: [number, number | null][] = [];
  const stop = countdown.subscribe(() => seen.push([world.now(), countdown.getSnapshot()]));
  await world.runUntil(20_000, () => {});
  expect(seen).toEqual([
    [11_000, 2],
    [12_000, 1],
    [13_000, 0],
  ]);
  stop();
});

test('a countdown without listeners, without a forecast or after the limit uses no timer', () => {
  let timers = 0;
  const clock = {
    now: () => 10_000,
    wake: () => {
      timers++;
      return () => {
        timers--;
      };
    },
  };
  const countdown = createCountdown({ localAt: 20_000 }, clock);
  expect(timers).toBe(0);
  const stop = countdown.subscribe(() => {});
  expect(timers).toBe(1);
  stop();
  createCountdown(null, clock).subscribe(() => {});
  createCountdown({ localAt: 9_000 }, clock).subscribe(() => {});
  expect(timers).toBe(0);
  expect([
    createCountdown(null, clock).getSnapshot(),
    createCountdown({ localAt: 9_000 }, clock).getSnapshot(),
  ]).toEqual([null, 0]);
});
