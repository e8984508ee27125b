import { expect, test } from 'vitest';
import { createShutdown } from '../../../src/server/shutdown.ts';
import { virtualClock } from '../../harness/server/virtual-clock.ts';

function setUp(limitMs = 8_000) {
  const clock = virtualClock();
  const problems: string[] = [];
  const shutdown = createShutdown({ clock, limitMs, onProblem: (error) => problems.push(String(error)) });
  const stopped: string[] = [];
  const stop = (what: string) => () => void stopped.push(what);
  return { clock, problems, shutdown, stopped, stop };
}

const never = () => new Promise(() => {});

test('what started last stops first, and only once', async () => {
  const { shutdown, stopped, stop } = setUp();
  for (const what of ['store', 'driver', 'feed']) shutdown.add(what, stop(what));
  await Promise.all([shutdown.run(), shutdown.run()]);
  expect(stopped).toEqual(['feed', 'driver', 'store']);
});

test('a stage that throws, rejects or hangs is reported, and the others run', async () => {
  const { clock, problems, shutdown, stopped, stop } = setUp();
  shutdown.add('The store', stop('store'));
  shutdown.add('The driver', never);
  shutdown.add('The timeouts', async () => {
    throw new Error('rejected');
  });
  shutdown.add('The feed', () => {
    throw new Error('thrown');
  });
  const ended = shutdown.run();
  await clock.advance(8_000);
  await ended;
  expect(stopped).toEqual(['store']);
  expect(problems).toEqual(['Error: thrown', 'Error: rejected', 'Error: The driver did not stop in time.']);
});

test('all stages share one limit', async () => {
  const { clock, problems, shutdown, stopped, stop } = setUp();
  shutdown.add('The store', stop('store'));
  for (const what of ['One', 'Two', 'Three']) shutdown.add(what, never);
  const ended = shutdown.run();
  await clock.advance(9_000);
  await ended;
  expect([stopped, problems.length]).toEqual([['store'], 3]);
});

test('rejects with the error of the stage that was added first', async () => {
  const { shutdown } = setUp();
  shutdown.add('The store', () => {
    throw new Error('The disk is full.');
  });
  await expect(shutdown.run()).rejects.toThrow('The disk is full.');
});
