import { describe, expect, test } from 'vitest';
import { backOffMs } from '../../../src/utils/back-off.ts';

const limits = { firstMs: 200, longestMs: 30_000 };

describe('backOffMs', () => {
  test('doubles with each failure up to the limit', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => backOffMs(index + 1, limits, () => 0));
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  test('never exceeds the limit, whatever the number of failures', () => {
    expect(backOffMs(10_000, limits, () => 0)).toBe(30_000);
  });

  test('shortens the pause by up to a half, in whole milliseconds', () => {
    expect(backOffMs(1, limits, () => 0.5)).toBe(150);
    expect(backOffMs(1, { firstMs: 5, longestMs: 5 }, () => 0.999)).toBe(3);
  });
});
