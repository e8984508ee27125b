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
    expect(effects).toEqual([{ type: 'boot', operation: 1, deadline: 600_005, generation: 1 }]);
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
      /a whole number from 1 to 367199254740991, but is -1\.$/,
    ],
    [{ id: 'a', timeoutMs: 1.5, at: 5 }, 'sandbox.timeoutMs', /but is 1\.5\.$/],
    [{ id: 'a', idleTimeoutMs: 0, at: 5 }, 'sandbox.idleTimeoutMs', /but is 0\.$/],
    [{ id: 'a', suspendedTimeoutMs: '1', at: 5 }, 'sandbox.suspendedTimeoutMs', /but is "1"\.$/],
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
    [{ at: 1 }, 'event.type', /^event\.type must be one of suspend, .*deadline\.moved, but is undefined\.$/],
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
    [
      { type: 'exited', incarnation: 1, exitCode: '0', reason: null, at: 1 },
      'event.exitCode',
      /but is "0"\.$/,
    ],
    [
      { type: 'exited', incarnation: 1, exitCode: 0, at: 1 },
      'event.reason',
      /null or a string, but is undefined/,
    ],
    [{ type: 'exited', exitCode: 0, reason: null, at: 1 }, 'event.incarnation', /but is undefined\.$/],
    [{ type: 'lost', reason: '', at: 1 }, 'event.version', /but is undefined\.$/],
    [{ type: 'lost', version: 2, at: 1 }, 'event.reason', /but is undefined\.$/],
    [{ type: 'deadline.moved', operation: 1, at: 1 }, 'event.deadline', /but is undefined\.$/],
    [{ type: 'deadline.moved', deadline: 1, at: 1 }, 'event.operation', /but is undefined\.$/],
    [{ type: 'setTimeouts', timeoutMs: 'long', at: 1 }, 'event.timeoutMs', /but is "long"\.$/],
    [{ type: 'setTimeouts', idleTimeoutMs: 0.5, at: 1 }, 'event.idleTimeoutMs', /but is 0\.5\.$/],
    [
      { type: 'setTimeouts', suspendedTimeoutMs: 367_199_254_740_992, at: 1 },
      'event.suspendedTimeoutMs',
      /to 367199254740991, but is 367199254740992\.$/,
    ],
    [{ type: 'configure' }, 'event.at', /but is undefined\.$/],
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

  test('cannot change between its check and its use', () => {
    let reads = 0;
    const event = {
      type: 'rename',
      at: 9,
      get name(): unknown {
        return reads++ === 0 ? 'grace' : 5;
      },
    };
    expect(transition(records.running, event as never).sandbox.name).toBe('grace');
    expect(reads).toBe(1);
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

test('setTimeouts changes only the limits that it names, and counts from now those that count', () => {
  const { running, suspended, pending } = records;
  const event = { type: 'setTimeouts', timeoutMs: 7, suspendedTimeoutMs: 9, at: 100 } as const;
  const set = { timeoutMs: 7, idleTimeoutMs: 90_000, suspendedTimeoutMs: 9 };
  expect(transition(pending, event).sandbox).toMatchObject({ ...set, expiresAt: null, discardAt: null });
  expect(transition(running, event).sandbox).toMatchObject({
    ...set,
    expiresAt: 107,
    idleAt: running.idleAt,
    discardAt: null,
  });
  expect(transition(suspended, event).sandbox).toMatchObject({ ...set, expiresAt: null, discardAt: 109 });
  const unlimited = transition(running, { type: 'setTimeouts', timeoutMs: null, at: 100 }).sandbox;
  expect(unlimited).toMatchObject({ timeoutMs: null, expiresAt: null, idleAt: running.idleAt });
  expect(transition(unlimited, { type: 'setTimeouts', timeoutMs: null, at: 200 }).reason).toBe('satisfied');
});

test('an ephemeral sandbox that ends by its idle limit says so', () => {
  const { sandbox } = createSandbox({ id: 'a', timeoutMs: 900, idleTimeoutMs: 500, at: 0 });
  const running = transition(sandbox, { type: 'boot.completed', operation: 1, at: 0 }).sandbox;
  const outcome = { result: 'success', reason: 'timeout', exitCode: null };
  expect(transition(running, { type: 'timeout', at: 500 }).sandbox.outcome).toEqual({
    ...outcome,
    detail: 'idle',
  });
  const active = transition(running, { type: 'keepalive', at: 400 }).sandbox;
  expect(transition(active, { type: 'timeout', at: 900 }).sandbox.outcome).toEqual({
    ...outcome,
    detail: null,
  });
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
