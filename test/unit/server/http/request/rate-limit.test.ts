import { describe, expect, test } from 'vitest';
import { createRateLimiter } from '../../../../../src/server/http/request/rate-limit.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

describe('a rate limiter', () => {
  test('forgets clients whose bucket is full again', async () => {
    const clock = virtualClock();
    const limiter = createRateLimiter({ perSecond: 10, burst: 20 }, clock);
    for (let client = 0; client < 500; client++) limiter.take(`${client}`);
    expect(limiter.size).toBe(500);
    await clock.advance(2_000);
    limiter.take('last');
    expect(limiter.size).toBe(1);
  });

  test('has at most 10,000 clients in memory', () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1_000 }, virtualClock());
    for (let client = 0; client < 30_000; client++) limiter.take(`${client}`);
    expect(limiter.size).toBe(10_000);
  });

  test('remembers a client that keeps sending, however many others there are', () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 2 }, virtualClock());
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 0]);
    for (let client = 0; client < 9_000; client++) limiter.take(`${client}`);
    expect(limiter.take('a')).toBe(1);
    for (let client = 0; client < 9_000; client++) limiter.take(`other-${client}`);
    expect(limiter.take('a')).toBe(1);
  });
});
