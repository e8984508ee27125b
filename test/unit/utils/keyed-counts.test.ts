import { expect, test } from 'vitest';
import { createKeyedCounts } from '../../../src/utils/keyed-counts.ts';

test('counts each key by itself, down to 0', () => {
  const counts = createKeyedCounts();
  const leaves = [counts.enter('a'), counts.enter('a'), counts.enter('b')];
  expect([counts.of('a'), counts.of('b'), counts.of('c')]).toEqual([2, 1, 0]);
  for (const leave of leaves) leave();
  expect([counts.of('a'), counts.of('b')]).toEqual([0, 0]);
});

test('takes one off once, however often its function is called', () => {
  const counts = createKeyedCounts();
  const leave = counts.enter('a');
  counts.enter('a');
  leave();
  leave();
  expect(counts.of('a')).toBe(1);
});
