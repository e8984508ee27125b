import { expect, test } from 'vitest';
import { createCache } from '../../../../../src/server/store/sqlite/cache.ts';

const cacheOf = (mostBytes: number) => createCache<string>(mostBytes, (value) => value.length);

test('a cache keeps the values that were used last, within its bytes', () => {
  const cache = cacheOf(100);
  for (let key = 0; key < 1_000; key++) {
    cache.set(`${key}`, 'x'.repeat(10));
    cache.get('0');
  }
  const kept = Array.from({ length: 1_000 }, (_, key) => cache.get(`${key}`) ?? '').join('');
  expect(cache.get('999')).toBe('x'.repeat(10));
  expect(kept.length).toBeLessThanOrEqual(100);
});

test('a value that grows counts with its new size', () => {
  const cache = cacheOf(100);
  for (let size = 1; size <= 50; size++) cache.set('a', 'x'.repeat(size));
  expect(cache.get('a')).toHaveLength(50);
  cache.set('b', 'x');
  expect([cache.get('a')?.length, cache.get('b')]).toEqual([50, 'x']);
});

test('a value that is larger than half of the cache is not kept, and hides the one before it', () => {
  const cache = cacheOf(100);
  cache.set('a', 'small');
  cache.set('b', 'x'.repeat(49));
  cache.set('a', 'x'.repeat(51));
  expect(cache.get('a')).toBeUndefined();
});

test('a deleted value is not found again, and its bytes are free', () => {
  const cache = cacheOf(100);
  for (let times = 0; times < 10; times++) {
    cache.set('a', 'x'.repeat(40));
    cache.delete('a');
  }
  cache.set('b', 'kept');
  expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'kept']);
});
