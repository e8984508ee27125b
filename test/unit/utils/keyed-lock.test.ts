import { describe, expect, test } from 'vitest';
import { createKeyedLock } from '../../../src/utils/keyed-lock.ts';

describe('createKeyedLock', () => {
  test('runs the acts of one key in order, and those of different keys concurrently', async () => {
    const lock = createKeyedLock();
    const log: string[] = [];
    let endFirst = () => {};
    const first = lock.run('one', () => new Promise<void>((resolve) => (endFirst = resolve)));
    const second = lock.run('one', async () => void log.push('second'));
    await lock.run('two', async () => void log.push('other'));
    expect(log).toEqual(['other']);
    endFirst();
    await Promise.all([first, second]);
    expect(log).toEqual(['other', 'second']);
  });

  test('continues after an act that fails', async () => {
    const lock = createKeyedLock();
    const failed = lock.run('one', async () => Promise.reject(new Error('no')));
    const next = lock.run('one', async () => 1);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(1);
  });

  test('released waits for the acts so far, and never rejects', async () => {
    const lock = createKeyedLock();
    await lock.released('one');
    let fail = () => {};
    const act = lock.run(
      'one',
      () => new Promise<void>((_, reject) => (fail = () => reject(new Error('no')))),
    );
    let isReleased = false;
    const released = lock.released('one').then(() => (isReleased = true));
    await Promise.resolve();
    expect(isReleased).toBe(false);
    fail();
    await expect(act).rejects.toThrow('no');
    await released;
  });
});
