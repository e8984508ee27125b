import { describe, expect, test, vi } from 'vitest';
import { createActor } from 'xstate';
import type { LastOperation, Outcome, Sandbox } from '../../../src/index.ts';
import { IllegalRecordError, sandboxMachine, toSandbox, toSnapshot } from '../../../src/machine/index.ts';
import { records } from '../../harness/machine/records.ts';

describe('a record and a snapshot', () => {
  test.each(Object.entries(records))('%s survives the round trip', (_name, sandbox) => {
    const snapshot = toSnapshot(sandbox);
    expect(JSON.stringify(toSandbox(snapshot))).toBe(JSON.stringify(sandbox));
    expect(snapshot.status).toBe(sandbox.status === 'terminated' ? 'done' : 'active');
  });

  test('an actor starts from any record, does not request the boot again, and emits its effects', () => {
    const actor = createActor(sandboxMachine, { snapshot: toSnapshot(records.suspended) });
    const onBoot = vi.fn();
    const onResume = vi.fn();
    actor.on('boot', onBoot);
    actor.on('resume', onResume);
    actor.start().send({ type: 'resume', at: 9 });
    expect(actor.getSnapshot().value).toEqual({ suspended: 'resuming' });
    expect(onBoot).not.toHaveBeenCalled();
    expect(onResume).toHaveBeenCalledExactlyOnceWith({
      type: 'resume',
      operation: 3,
      deadline: 300_009,
      generation: 1,
    });
  });

  test('an actor that starts from input requests the boot', () => {
    const actor = createActor(sandboxMachine, { input: { id: 'a', at: 1 } });
    const onBoot = vi.fn();
    actor.on('boot', onBoot);
    actor.start();
    expect(onBoot).toHaveBeenCalledExactlyOnceWith({
      type: 'boot',
      operation: 1,
      deadline: 600_001,
      generation: 1,
    });
  });

  test('toSandbox reads a persisted snapshot, and an actor can be restored from it', () => {
    const actor = createActor(sandboxMachine, { input: { id: 'a', name: 'ada', at: 1 } }).start();
    actor.send({ type: 'boot.completed', operation: 1, at: 2 });
    const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    expect(toSandbox(persisted)).toMatchObject({ status: 'running', incarnation: 1 });
    const restored = createActor(sandboxMachine, { snapshot: persisted }).start();
    expect(toSandbox(restored.getSnapshot())).toEqual(toSandbox(actor.getSnapshot()));
  });

  test('an actor without input or snapshot reports what is missing', () => {
    const actor = createActor(sandboxMachine);
    actor.subscribe({ error: () => {} });
    actor.start();
    expect(actor.getSnapshot().status).toBe('error');
    expect(String(actor.getSnapshot().error)).toMatch(/sandbox must be an object, but is undefined/);
  });
});

const { running, pending, snapshotting, suspending, terminated, crashed, suspended, resuming } = records;
const { timedOut, startFailed, startTimedOut, completed, exited, discarded, lost } = records;
const { resumed, resumeFailed } = records;

const withOutcome = (record: Sandbox, fields: Partial<Outcome>): Sandbox => ({
  ...record,
  outcome: { ...(record.outcome as Outcome), ...fields },
});

const withLast = (record: Sandbox, fields: Partial<LastOperation>): Sandbox => ({
  ...record,
  lastOperation: { ...(record.lastOperation as LastOperation), ...fields },
});

const illegal: readonly (readonly [path: string, record: Sandbox, invariant: RegExp])[] = [
  ['name', { ...suspended, name: null }, /without a name is never suspending or suspended/],
  ['name', { ...suspending, name: null }, /without a name is never suspending or suspended/],
  ['operation.kind', { ...running, operation: pending.operation }, /exactly in the transient states/],
  ['operation.kind', { ...pending, operation: null }, /exactly in the transient states/],
  [
    'operation.kind',
    { ...suspended, operation: snapshotting.operation },
    /of the kind that the state waits for/,
  ],
  ['operation.id', { ...snapshotting, operations: 9, version: 99 }, /the newest one/],
  [
    'operations',
    { ...pending, operations: 2, operation: { id: 2, kind: 'boot', deadline: 5 } },
    /its boot and nothing else/,
  ],
  ['operations', { ...suspended, operations: 1, version: 9 }, /its boot and its suspend/],
  [
    'operations',
    { ...resuming, operations: 2, operation: { id: 2, kind: 'resume', deadline: 5 } },
    /its resume too/,
  ],
  ['version', { ...running, version: 1 }, /ended by one/],
  ['version', { ...suspending, version: 2 }, /begun by an event/],
  [
    'outcome.reason',
    { ...terminated, outcome: { result: 'success', reason: 'timeout', detail: null, exitCode: null } },
    /only an ephemeral sandbox with that limit/,
  ],
  ['outcome.reason', { ...timedOut, timeoutMs: null }, /only an ephemeral sandbox with that limit/],
  ['outcome.reason', { ...startFailed, operations: 2, version: 9 }, /that did not start/],
  ['incarnation', { ...running, incarnation: null }, /exactly while running/],
  ['incarnation', { ...pending, incarnation: 1 }, /exactly while running/],
  ['incarnation', { ...running, incarnation: 2 }, /an operation that has ended/],
  ['incarnation', { ...snapshotting, incarnation: 2 }, /an operation that has ended/],
  ['expiresAt', { ...running, expiresAt: null }, /a run limit counts exactly/],
  ['expiresAt', { ...running, timeoutMs: null }, /a run limit counts exactly/],
  ['expiresAt', { ...suspended, expiresAt: 5 }, /a run limit counts exactly/],
  ['snapshotId', { ...snapshotting, snapshotId: null }, /exactly while snapshotting/],
  ['snapshotId', { ...running, snapshotId: 's' }, /exactly while snapshotting/],
  ['pendingReason', { ...pending, pendingReason: null }, /exactly while pending/],
  ['pendingReason', { ...running, pendingReason: 'scheduling' }, /exactly while pending/],
  ['outcome', { ...terminated, outcome: null }, /exactly once terminated/],
  ['outcome', { ...running, outcome: terminated.outcome }, /exactly once terminated/],
  [
    'outcome.result',
    {
      ...terminated,
      outcome: { result: 'failure', reason: 'user_terminated', detail: null, exitCode: null },
    },
    /is a success/,
  ],
  [
    'outcome.result',
    { ...crashed, outcome: { result: 'success', reason: 'crashed', detail: 'x', exitCode: null } },
    /failures/,
  ],
  ['outcome.detail', withOutcome(startFailed, { detail: null }), /there is a detail when a report ended/],
  ['outcome.detail', withOutcome(terminated, { detail: 'x' }), /none when a command or a time limit did/],
  ['outcome.detail', withOutcome(discarded, { detail: 'x' }), /none when a command or a time limit did/],
  ['outcome.detail', withOutcome(lost, { detail: null }), /there is a detail when a report ended/],
  ['outcome.exitCode', withOutcome(completed, { exitCode: 1 }), /exit code 0/],
  ['outcome.exitCode', withOutcome(completed, { exitCode: null }), /exit code 0/],
  ['outcome.exitCode', withOutcome(exited, { exitCode: 0 }), /another or none/],
  ['outcome.exitCode', withOutcome(lost, { exitCode: 3 }), /no other end has one/],
  ['outcome.result', withOutcome(lost, { result: 'success' }), /failures/],
  ['outcome.reason', { ...lost, name: null }, /only a named sandbox is lost/],
  ['outcome.reason', { ...discarded, suspendedTimeoutMs: null }, /only one with a limit is discarded/],
  ['outcome.reason', withOutcome(timedOut, { detail: 'idle' }), /with that limit/],
  ['idleAt', { ...running, idleAt: null }, /an idle limit counts exactly/],
  ['idleAt', { ...running, idleTimeoutMs: null }, /an idle limit counts exactly/],
  ['idleAt', { ...suspended, idleAt: 5 }, /an idle limit counts exactly/],
  ['discardAt', { ...suspended, discardAt: null }, /a suspended limit counts exactly/],
  ['discardAt', { ...resuming, suspendedTimeoutMs: null }, /a suspended limit counts exactly/],
  ['discardAt', { ...running, discardAt: 5 }, /a suspended limit counts exactly/],
  ['version', { ...running, generation: 2 }, /each generation but the first/],
  ['lastOperation.kind', { ...pending, lastOperation: running.lastOperation }, /leads to this state/],
  ['lastOperation.kind', { ...running, lastOperation: null }, /leads to this state/],
  ['lastOperation.kind', { ...running, lastOperation: suspended.lastOperation }, /leads to this state/],
  ['lastOperation.kind', { ...suspended, lastOperation: running.lastOperation }, /leads to this state/],
  ['lastOperation.kind', { ...crashed, lastOperation: startFailed.lastOperation }, /leads to this state/],
  ['lastOperation.kind', { ...crashed, lastOperation: null }, /leads to this state/],
  ['lastOperation.kind', { ...lost, lastOperation: running.lastOperation }, /leads to this state/],
  ['lastOperation.kind', { ...discarded, lastOperation: running.lastOperation }, /leads to this state/],
  [
    'lastOperation.kind',
    { ...startFailed, lastOperation: startTimedOut.lastOperation },
    /leads to this state/,
  ],
  [
    'lastOperation.kind',
    { ...startTimedOut, lastOperation: startFailed.lastOperation },
    /leads to this state/,
  ],
  ['lastOperation.kind', { ...terminated, lastOperation: startFailed.lastOperation }, /leads to this state/],
  ['lastOperation.id', { ...suspended, operations: 3, version: 9 }, /newest that is not in flight/],
  ['lastOperation.id', { ...terminated, operations: 3, version: 9 }, /newest that is not in flight/],
  ['lastOperation.id', { ...terminated, lastOperation: null, operations: 2, version: 9 }, /newest that/],
  ['lastOperation.kind', withLast(running, { kind: 'resume' }), /the first operation is the boot/],
  ['lastOperation.kind', withLast(resumed, { kind: 'boot' }), /and no other is/],
  ['lastOperation.reason', withLast(running, { reason: 'x' }), /exactly when a report said/],
  ['lastOperation.reason', withLast(resumeFailed, { reason: null }), /exactly when a report said/],
  ['lastOperation.at', withLast(running, { at: 0 }), /between the creation and the last update/],
  ['lastOperation.at', withLast(running, { at: 3 }), /between the creation and the last update/],
  [
    'outcome.detail',
    { ...timedOut, outcome: { result: 'success', reason: 'timeout', detail: 'x', exitCode: null } },
    /null, or "idle"/,
  ],
  ['terminatedAt', { ...terminated, terminatedAt: null }, /exactly once terminated/],
  ['terminatedAt', { ...terminated, updatedAt: 99 }, /nothing is updated after the end/],
  ['updatedAt', { ...pending, updatedAt: 0 }, /before the creation/],
];

describe('an illegal record is rejected with the invariant that it breaks', () => {
  test.each(illegal)('%s in %j', (path, record, invariant) => {
    let error: unknown;
    try {
      toSnapshot(record);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(IllegalRecordError);
    expect(error).toMatchObject({
      name: 'IllegalRecordError',
      path,
      invariant: expect.stringMatching(invariant),
    });
    expect(String(error)).toContain(record.status);
  });

  test('toSandbox rejects it, too', () => {
    const snapshot = toSnapshot(suspended);
    expect(() => toSandbox({ ...snapshot, context: { ...snapshot.context, name: null } })).toThrow(
      IllegalRecordError,
    );
  });

  test.each([
    [{ suspended: 'idle' }, records.resuming],
    [{ suspended: 'resuming' }, suspended],
    [{ suspended: 'nonsense' }, suspended],
    ['suspended', suspended],
    [{ running: 'x' }, running],
  ])('a state that contradicts the context is rejected: %j', (value, record) => {
    const snapshot = { ...toSnapshot(record), value } as Parameters<typeof toSandbox>[0];
    expect(() => toSandbox(snapshot)).toThrow(
      expect.objectContaining({
        path: 'status',
        invariant: 'the state of the snapshot is the one that its context means',
      }),
    );
  });

  test.each([
    [null, /^snapshot must be an object/],
    [{}, /^snapshot\.context must be an object/],
    [{ ...toSnapshot(running), value: null }, /^sandbox\.status must be one of/],
  ])('a value that is not a snapshot is rejected: %j', (snapshot, message) => {
    expect(() => toSandbox(snapshot as never)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
  });

  test.each([
    [{ ...running, status: 'sleeping' }, /^sandbox\.status must be one of pending, /],
    [{ ...running, version: 1.5 }, /^sandbox\.version must be a whole number/],
    [{ ...running, operation: 5 }, /^sandbox\.operation must be null or an object/],
    [
      { ...pending, operation: { id: 1, kind: 'reboot', deadline: 5 } },
      /^sandbox\.operation\.kind must be one of boot/,
    ],
    [
      { ...crashed, outcome: { ...crashed.outcome, detail: 5 } },
      /^sandbox\.outcome\.detail must be null or a string/,
    ],
    [{ ...running, colour: 'red' }, /^sandbox\.colour must be left out/],
    [{ ...running, timeoutMs: 2 ** 53 }, /^sandbox\.timeoutMs must be null or a whole number from 1/],
    [null, /^sandbox must be an object/],
  ])('the error names a field of the wrong type: %j', (record, message) => {
    expect(() => toSnapshot(record as Sandbox)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
  });
});
