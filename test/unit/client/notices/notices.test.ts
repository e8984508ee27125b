import { describe, expect, it } from 'vitest';
import {
  eventTitle,
  failureNotice,
  followCommands,
  isFailure,
  outcomeSentence,
  type PendingCommand,
  type Rollback,
  rollbackNotice,
  type SandboxView,
} from '../../../../src/client/index.ts';
import { eventTypes } from '../../../../src/model/events.ts';
import { records } from '../../../harness/machine/records.ts';

describe('the title of a timeline entry', () => {
  it('has a text for every event of the machine', () => {
    for (const event of [...eventTypes, 'created']) {
      const word = eventTitle({ event, from: 'running', sandbox: records.running });
      expect(word, event).toMatch(/^[A-Z][a-z ]+$/);
    }
    expect(eventTitle({ event: null, from: null, sandbox: records.resuming })).toBe('Resuming');
    expect(eventTitle({ event: 'of a newer server', from: null, sandbox: records.running })).toBe(
      'of a newer server',
    );
  });

  it('distinguishes the timeout of an operation from the time limit', () => {
    const timeout = { event: 'timeout' } as const;
    for (const [from, sandbox, word] of [
      ['pending', records.terminated, 'Timed out'],
      ['suspending', records.running, 'Timed out'],
      ['suspended', records.suspended, 'Timed out'],
      ['snapshotting', records.running, 'Timed out'],
      ['snapshotting', records.suspending, 'Time limit reached'],
      ['snapshotting', records.terminated, 'Time limit reached'],
      ['running', records.suspending, 'Time limit reached'],
      ['running', records.terminated, 'Time limit reached'],
    ] as const) {
      expect(eventTitle({ ...timeout, from, sandbox })).toBe(word);
      expect(isFailure({ ...timeout, from, sandbox })).toBe(word === 'Timed out');
    }
    expect(isFailure({ event: 'suspend.failed', from: 'suspending', sandbox: records.running })).toBe(true);
    expect(isFailure({ event: null, from: 'running', sandbox: records.suspending })).toBe(false);
  });

  it('describes the end of a sandbox', () => {
    expect(outcomeSentence(records.running)).toBe(null);
    const outcome = {
      result: 'failure',
      reason: 'crashed',
      detail: 'Out of memory.',
      exitCode: null,
    } as const;
    expect(outcomeSentence({ outcome })).toBe('The sandbox crashed. Out of memory.');
  });
});

describe('the notice of a failure', () => {
  const entry = { at: 0, actor: null, cause: null, from: 'suspending', event: 'suspend.failed' } as const;

  it("has the platform's own sentence, and says what the sandbox is now", () => {
    const sandbox = { ...records.running, id: 's1', version: 7, name: 'my-env' };
    expect(failureNotice({ ...entry, sandbox, detail: 'The disk is full.' })).toEqual({
      id: 's1 7',
      kind: 'failed',
      title: 'Suspend failed: my-env',
      message: 'The disk is full.',
      effect: 'The sandbox is running again.',
    });
    expect(failureNotice({ ...entry, sandbox })?.message).toBe('The operation failed on the platform.');
  });

  it('says how the sandbox ended when the failure ended it', () => {
    const outcome = {
      result: 'failure',
      reason: 'crashed',
      detail: 'Out of memory.',
      exitCode: 137,
    } as const;
    const sandbox = { ...records.terminated, outcome };
    expect(failureNotice({ ...entry, event: 'crashed', from: 'running', sandbox })).toMatchObject({
      message: 'The sandbox crashed. Out of memory.',
      effect: 'The sandbox is terminated.',
    });
  });

  it('is absent for every other entry', () => {
    const sandbox = records.suspended;
    expect(failureNotice({ ...entry, event: 'suspend.completed', sandbox })).toBe(null);
  });
});

describe('the notice of a rollback', () => {
  const rollback = {
    id: 'c1',
    sandboxId: 's1',
    command: { type: 'suspend', at: 0 },
    outcome: 'refused',
    reason: { code: 'busy', message: 'cannot suspend it now.' },
    at: 0,
    from: 'suspending',
    to: 'running',
  } as const satisfies Rollback;

  it.each([
    [{}, 'Suspend was refused', 'Rolled back from suspending to running.'],
    [{ outcome: 'dropped' }, 'Suspend was not sent', 'Rolled back from suspending to running.'],
    [
      { outcome: 'unknown' },
      'Suspend has an unknown outcome',
      'The page shows the current state on the server.',
    ],
    [{ from: 'running' }, 'Suspend was refused', 'The sandbox is running.'],
    [{ from: null, to: null }, 'Suspend was refused', ''],
    [
      { command: { type: 'rename', name: 'ada', at: 0 } },
      'Rename was refused',
      'The sandbox keeps its name.',
    ],
  ] as const)('of %j', (changes, title, effect) => {
    const notice = rollbackNotice({ ...rollback, ...changes });
    const { outcome: kind } = { ...rollback, ...changes };
    expect(notice).toEqual({ id: 'c1', kind, title, message: 'Cannot suspend it now.', effect });
  });
});

describe('the commands of a page', () => {
  const entry = (id: string, state: PendingCommand['state']) =>
    ({ id, state, command: { type: 'suspend', at: 0 } }) as PendingCommand;
  const snapshot = (
    pending: PendingCommand[],
    rollbacks: string[] = [],
    outcome = 'refused',
  ): Pick<SandboxView, 'pending' | 'rollbacks'> => ({
    pending,
    rollbacks: rollbacks.map((id) => ({ id, outcome }) as Rollback),
  });

  it('are followed until the confirmed state includes them, or they are rolled back', () => {
    const known = followCommands([], snapshot([entry('a', 'queued'), entry('b', 'queued')]), 10);
    expect(known.map(({ id, stage }) => [id, stage])).toEqual([
      ['b', 'queued'],
      ['a', 'queued'],
    ]);
    const sent = followCommands(known, snapshot([entry('a', 'sent'), entry('b', 'queued')]), 20);
    const over = followCommands(sent, snapshot([], ['b']), 30);
    const later = followCommands(over, snapshot([]), 40);
    expect(later).toEqual([
      { id: 'b', type: 'suspend', stage: 'rolled back', requestedAt: 10, endedAt: 30 },
      { id: 'a', type: 'suspend', stage: 'confirmed', requestedAt: 10, endedAt: 30 },
    ]);
  });

  it('have the stage "not known" after an unknown outcome', () => {
    const known = followCommands([], snapshot([entry('a', 'sent')]), 10);
    const over = followCommands(known, snapshot([], ['a'], 'unknown'), 20);
    expect(over.map(({ stage }) => stage)).toEqual(['not known']);
  });

  it('are at most six, besides pending ones', () => {
    const many = Array.from({ length: 9 }, (_, index) => entry(`${index}`, 'queued'));
    const known = followCommands([], snapshot(many), 0);
    expect(known.map(({ id }) => id)).toEqual(['8', '7', '6', '5', '4', '3', '2', '1', '0']);
    expect(followCommands(known, snapshot(many), 5)).toEqual(known);
    expect(followCommands(known, snapshot([]), 9)).toHaveLength(6);
  });
});
