import { describe, expect, test } from 'vitest';
import {
  createSandbox,
  defaultPolicy,
  MalformedInputError,
  type SandboxEvent,
  transition,
} from '../../../src/index.ts';
import { records } from '../../harness/machine/records.ts';

describe('createSandbox', () => {
  test('starts the boot', () => {
    const { outcome, sandbox, effects } = createSandbox({ id: 'a', name: null, timeoutMs: 1000, at: 5 });
    expect(outcome).toBe('applied');
    expect(effects).toEqual([{ type: 'boot', operation: 1, deadline: 600_005 }]);
    expect(sandbox).toMatchObject({
      status: 'pending',
      version: 1,
      pendingReason: 'scheduling',
      timeoutMs: 1000,
      expiresAt: null,
    });
  });

  test('creates an ephemeral sandbox without a limit by default', () => {
    expect(createSandbox({ id: 'a', at: 5 }).sandbox).toMatchObject({ name: null, timeoutMs: null });
  });

  test.each([
    [{ id: 5, at: 5 }, 'sandbox.id', 'sandbox.id must be a string that is not empty, but is 5.'],
    [{ id: '', at: 5 }, 'sandbox.id', 'sandbox.id must be a string that is not empty, but is "".'],
    [
      { id: 'a', name: '', at: 5 },
      'sandbox.name',
      'sandbox.name must be null or a string that is not empty, but is "".',
    ],
    [
      { id: 'a', timeoutMs: -1, at: 5 },
      'sandbox.timeoutMs',
      /a whole number from 0 to 367199254740991, but is -1\.$/,
    ],
    [{ id: 'a', timeoutMs: 1.5, at: 5 }, 'sandbox.timeoutMs', /but is 1\.5\.$/],
    [{ id: 'a', at: Number.NaN }, 'sandbox.at', /but is NaN\.$/],
    [{ id: 'a' }, 'sandbox.at', /but is undefined\.$/],
    [null, 'sandbox', 'sandbox must be an object, but is null.'],
  ])('reports what is wrong with %j', (input, path, message) => {
    expect(thrownBy(() => createSandbox(input as never))).toMatchObject({
      path,
      message: expect.stringMatching(message),
    });
  });
});

describe('a malformed event', () => {
  test.each([
    [undefined, 'event', 'event must be an object, but is undefined.'],
    [[], 'event', 'event must be an object, but is an array.'],
    [{ at: 1 }, 'event.type', /^event\.type must be one of suspend, .*timeout, but is undefined\.$/],
    [{ type: 'toString', at: 1 }, 'event.type', /but is "toString"\.$/],
    [{ type: { toString: (): string => 'suspend' }, at: 1 }, 'event.type', /but is an object\.$/],
    [{ type: 'suspend' }, 'event.at', /^event\.at must be a whole number .*, but is undefined\.$/],
    [{ type: 'suspend', at: 8.64e15 + 1 }, 'event.at', /to 8640000000000000, but is 8640000000000001\.$/],
    [{ type: 'rename', name: null, at: 1 }, 'event.name', 'event.name must be a string, but is null.'],
    [{ type: 'snapshot', at: 1 }, 'event.snapshotId', /but is undefined\.$/],
    [{ type: 'boot.completed', operation: '1', at: 1 }, 'event.operation', /but is "1"\.$/],
    [{ type: 'boot.failed', operation: 1, reason: () => 'x', at: 1 }, 'event.reason', /but is a function\.$/],
    [
      { type: 'boot.progressed', operation: 1, pendingReason: 'tired', at: 1 },
      'event.pendingReason',
      /^event\.pendingReason must be one of scheduling, .*but is "tired"\.$/,
    ],
    [{ type: 'crashed', incarnation: 1.5, reason: '', at: 1 }, 'event.incarnation', /but is 1\.5\.$/],
    [{ type: 'x'.repeat(60), at: 1 }, 'event.type', /but is "x{60}"\.$/],
    [{ type: 'x'.repeat(61), at: 1 }, 'event.type', /but is "x{60}…"\.$/],
    [
      { type: 'crashed', incarnation: 1, reason: 5, at: 1 },
      'event.reason',
      'event.reason must be a string, but is 5.',
    ],
    [
      { type: 'boot.completed', operation: 0.5, at: 1 },
      'event.operation',
      /^event\.operation must be a whole number, but/,
    ],
  ])('%j is rejected with the path of the wrong field', (event, path, message) => {
    const error = thrownBy(() => transition(records.running, event as never));
    expect(error).toBeInstanceOf(MalformedInputError);
    expect(error).toMatchObject({
      name: 'MalformedInputError',
      path,
      message: expect.stringMatching(message),
    });
  });

  test('does not change a record through unknown fields', () => {
    const event = JSON.parse(
      '{ "type": "suspend", "at": 9, "version": 99, "__proto__": { "polluted": true } }',
    );
    const { sandbox } = transition(records.running, event as SandboxEvent);
    expect(sandbox.version).toBe(3);
    expect(Object.keys(sandbox)).toEqual(Object.keys(records.running));
    expect('polluted' in sandbox).toBe(false);
  });
});

test('the policy sets the limits', () => {
  const policy = {
    ...defaultPolicy,
    operationLimitSeconds: { boot: 1, snapshot: 2, suspend: 3, resume: 4 },
    suspendRetryDelaySeconds: 5,
  };
  expect(createSandbox({ id: 'a', at: 0 }, policy).sandbox.operation?.deadline).toBe(1000);
  const at = 10;
  expect(
    transition(records.running, { type: 'snapshot', snapshotId: 's', at }, policy).sandbox.operation
      ?.deadline,
  ).toBe(2010);
  expect(transition(records.running, { type: 'suspend', at }, policy).sandbox.operation?.deadline).toBe(3010);
  expect(transition(records.suspended, { type: 'resume', at }, policy).sandbox.operation?.deadline).toBe(
    4010,
  );
  const failed = { type: 'suspend.failed', operation: 2, reason: 'busy disk', at: 100_000 } as const;
  expect(transition(records.suspending, failed, policy).sandbox.expiresAt).toBe(105_000);
});

test('a limit that ran out during a snapshot is due as soon as the sandbox is running', () => {
  const late = 10_000_000;
  const back = transition(records.snapshotting, {
    type: 'snapshot.completed',
    operation: 2,
    at: late,
  }).sandbox;
  expect(transition(back, { type: 'timeout', at: late }).sandbox.status).toBe('suspending');
});

test('transitions without effects share one frozen list', () => {
  const { effects } = transition(records.running, { type: 'resume', at: 9 });
  expect(() => (effects as unknown[]).push('release')).toThrow(TypeError);
  expect(transition(records.pending, { type: 'boot.completed', operation: 1, at: 2 }).effects).toBe(effects);
});

test('accepts frozen records and events', () => {
  const event = Object.freeze({ type: 'suspend', at: 9 } as const);
  expect(transition(Object.freeze({ ...records.running }), event).outcome).toBe('applied');
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
