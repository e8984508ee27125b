import { describe, expect, test } from 'vitest';
import { createSandbox, defaultPolicy, transition } from '../../../src/index.ts';
import { mustBePolicy, readTimeoutChanges, readTimeouts } from '../../../src/model/policy.ts';

const year = 365 * 24 * 3600;

const plan = { ...defaultPolicy, planMaximumSeconds: 3600 };
const idle = { ...defaultPolicy, timeoutMeasures: 'idle' } as const;
const none = { timeoutMs: null, idleTimeoutMs: null, suspendedTimeoutMs: null };

describe('timeout_secs', () => {
  test.each([
    [1, 1_000],
    [2 ** 31, 2_147_483_648_000],
    [30 * 24 * 3600, 2_592_000_000],
    [300 * year, 9_460_800_000_000],
    [undefined, null],
    [null, null],
    [0, null],
  ])('%s is %s ms', (timeout_secs, timeoutMs) => {
    expect(readTimeouts({ timeout_secs })).toEqual({ timeouts: { ...none, timeoutMs } });
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
  ])('%s is rejected with a reason', (timeout_secs, problem) => {
    expect(readTimeouts({ timeout_secs })).toEqual({
      field: 'timeout_secs',
      problem: expect.stringMatching(problem),
    });
    expect(readTimeoutChanges({ timeout_secs })).toMatchObject({ field: 'timeout_secs' });
  });

  test('the plan maximum is accepted, and a longer timeout is rejected', () => {
    expect(readTimeouts({ timeout_secs: 3600 }, plan)).toMatchObject({ timeouts: { timeoutMs: 3_600_000 } });
    expect(readTimeouts({ timeout_secs: 3601 }, plan)).toEqual({
      field: 'timeout_secs',
      problem: 'timeout_secs is 3601, above the 3600 seconds that your plan allows; pass at most 3600.',
    });
  });

  test('0 is the plan maximum or no limit, depending on the policy', () => {
    expect(readTimeouts({ timeout_secs: 0 }, plan)).toMatchObject({ timeouts: { timeoutMs: 3_600_000 } });
    expect(readTimeouts({ timeout_secs: 0 }, { ...plan, zeroTimeout: 'none' })).toEqual({ timeouts: none });
  });

  test('an omitted limit is the default of the policy', () => {
    const policy = { ...defaultPolicy, omittedTimeoutSeconds: 600, suspendedTimeoutSeconds: 60 };
    const timeouts = { timeoutMs: 600_000, idleTimeoutMs: null, suspendedTimeoutMs: 60_000 };
    expect(readTimeouts({}, policy)).toEqual({ timeouts });
    expect(readTimeouts({}, { ...policy, timeoutMeasures: 'idle' })).toEqual({
      timeouts: { ...timeouts, timeoutMs: null, idleTimeoutMs: 600_000 },
    });
  });

  test('timeout_secs sets the idle limit where the policy says so, bounded by the plan', () => {
    expect(readTimeouts({ timeout_secs: 60 }, idle)).toEqual({
      timeouts: { ...none, idleTimeoutMs: 60_000 },
    });
    const bounded = { ...idle, planMaximumSeconds: 50 };
    for (const field of ['timeout_secs', 'idle_timeout_secs']) {
      expect(readTimeouts({ [field]: 60 }, bounded)).toEqual({
        field,
        problem: `${field} is 60, above the 50 seconds that your plan allows; pass at most 50.`,
      });
    }
  });

  test('timeout_secs and idle_timeout_secs may not disagree where they set the same limit', () => {
    expect(readTimeouts({ timeout_secs: 60, idle_timeout_secs: 60 }, idle)).toEqual({
      timeouts: { ...none, idleTimeoutMs: 60_000 },
    });
    expect(readTimeouts({ timeout_secs: 60, idle_timeout_secs: 61 }, idle)).toEqual({
      field: 'idle_timeout_secs',
      problem:
        'idle_timeout_secs and timeout_secs set the same limit here, to different values; pass one of them.',
    });
    expect(readTimeoutChanges({ timeout_secs: null, idle_timeout_secs: 61 }, idle)).toMatchObject({
      field: 'idle_timeout_secs',
    });
  });
});

describe('the other limits', () => {
  test('are set beside timeout_secs, and the plan does not bound them', () => {
    expect(readTimeouts({ idle_timeout_secs: 4000, suspended_timeout_secs: 5000 }, plan)).toEqual({
      timeouts: { timeoutMs: null, idleTimeoutMs: 4_000_000, suspendedTimeoutMs: 5_000_000 },
    });
  });

  test.each(['idle_timeout_secs', 'suspended_timeout_secs'])('%s must be at least 1', (field) => {
    expect(readTimeouts({ [field]: 0 })).toEqual({
      field,
      problem: `${field} is 0; pass a whole number of seconds, 1 or more.`,
    });
  });
});

describe('an update', () => {
  test('changes only the limits that it names, and null removes one', () => {
    expect(readTimeoutChanges({})).toEqual({ changes: {} });
    expect(readTimeoutChanges({ timeout_secs: null, idle_timeout_secs: 60 })).toEqual({
      changes: { timeoutMs: null, idleTimeoutMs: 60_000 },
    });
    expect(readTimeoutChanges({ suspended_timeout_secs: null }, plan)).toEqual({
      changes: { suspendedTimeoutMs: null },
    });
  });

  test('cannot remove a limit that the plan demands', () => {
    expect(readTimeoutChanges({ timeout_secs: null }, plan)).toEqual({
      field: 'timeout_secs',
      problem:
        'timeout_secs is null, but your plan allows at most 3600 seconds; pass a number from 1 to 3600.',
    });
    expect(readTimeoutChanges({ timeout_secs: 0 }, plan)).toEqual({ changes: { timeoutMs: 3_600_000 } });
  });
});

describe('a policy', () => {
  test('that is whole is accepted', () => {
    expect(() => mustBePolicy(plan)).not.toThrow();
  });

  test.each([
    [null, 'policy'],
    [{ ...plan, operationLimitSeconds: undefined }, 'policy.operationLimitSeconds'],
    [
      { ...plan, operationLimitSeconds: { boot: 1, snapshot: 1, suspend: 0, resume: 1 } },
      'policy.operationLimitSeconds.suspend',
    ],
    [{ ...plan, suspendRetryDelaySeconds: 0.5 }, 'policy.suspendRetryDelaySeconds'],
    [{ ...plan, omittedTimeoutSeconds: 0 }, 'policy.omittedTimeoutSeconds'],
    [{ ...plan, zeroTimeout: 'never' }, 'policy.zeroTimeout'],
    [{ ...plan, planMaximumSeconds: '1' }, 'policy.planMaximumSeconds'],
    [{ ...plan, timeoutMeasures: 'both' }, 'policy.timeoutMeasures'],
    [{ ...plan, suspendedTimeoutSeconds: undefined }, 'policy.suspendedTimeoutSeconds'],
  ])('%j is rejected with the path of the wrong field', (policy, path) => {
    expect(() => mustBePolicy(policy)).toThrow(
      expect.objectContaining({ name: 'MalformedInputError', path }),
    );
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
