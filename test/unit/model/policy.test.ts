import { describe, expect, test } from 'vitest';
import { createSandbox, defaultPolicy, readTimeout, transition } from '../../../src/index.ts';

const year = 365 * 24 * 3600;

describe('timeout_secs', () => {
  test.each([
    [1, 1_000],
    [2 ** 31, 2_147_483_648_000],
    [30 * 24 * 3600, 2_592_000_000],
    [300 * year, 9_460_800_000_000],
    [undefined, null],
    [0, null],
  ])('%s is %s ms', (seconds, timeoutMs) => {
    expect(readTimeout(seconds)).toEqual({ timeoutMs });
  });

  test.each([
    [-1, 'timeout_secs is -1; pass a whole number of seconds, 0 or more.'],
    [1.5, 'timeout_secs is 1.5; pass a whole number of seconds, 0 or more.'],
    [2 ** 53, 'timeout_secs is 9007199254740992; pass a whole number of seconds, 0 or more.'],
    ['60' as unknown as number, 'timeout_secs is "60"; pass a whole number of seconds, 0 or more.'],
    [
      2 ** 53 - 1,
      /^timeout_secs is 9007199254740991, above the 367199254740 seconds that can be counted; pass at most 367199254740\.$/,
    ],
  ])('%s is rejected with a reason', (seconds, problem) => {
    expect(readTimeout(seconds)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('the plan maximum is accepted, and a longer timeout is rejected', () => {
    const policy = { ...defaultPolicy, planMaximumSeconds: 3600 };
    expect(readTimeout(3600, policy)).toEqual({ timeoutMs: 3_600_000 });
    expect(readTimeout(3601, policy)).toEqual({
      problem: 'timeout_secs is 3601, above the 3600 seconds that your plan allows; pass at most 3600.',
    });
  });

  test('0 is the plan maximum or no limit, depending on the policy', () => {
    expect(readTimeout(0, { ...defaultPolicy, planMaximumSeconds: 7200 })).toEqual({ timeoutMs: 7_200_000 });
    expect(readTimeout(0, { ...defaultPolicy, planMaximumSeconds: 7200, zeroTimeout: 'none' })).toEqual({
      timeoutMs: null,
    });
  });

  test('an omitted timeout is the default of the policy', () => {
    expect(readTimeout(undefined, { ...defaultPolicy, omittedTimeoutSeconds: 600 })).toEqual({
      timeoutMs: 600_000,
    });
  });
});

test.each([2 ** 31 * 1000, 300 * year * 1000, 367_199_254_740_991])(
  'a limit of %s ms ends at its exact instant',
  (timeoutMs) => {
    const at = 8_640_000_000_000_000;
    const { sandbox } = createSandbox({ id: 'a', timeoutMs, at: 0 });
    const running = transition(sandbox, { type: 'boot.completed', operation: 1, at: at - timeoutMs }).sandbox;
    expect(running.expiresAt).toBe(at);
    expect(transition(running, { type: 'timeout', at: at - 1 }).reason).toBe('not_due');
    expect(transition(running, { type: 'timeout', at }).sandbox.outcome?.reason).toBe('timeout');
  },
);
