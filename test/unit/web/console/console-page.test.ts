import { describe, expect, it } from 'vitest';
import type { PendingCommand, Rollback, SandboxView } from '../../../../src/client/index.ts';
import { eventTypes } from '../../../../src/model/events.ts';
import { emptyDraft, problemsOf, requestOf } from '../../../../web/console/create/draft.ts';
import { choices, countOf, isShown } from '../../../../web/console/list/filter.ts';
import { followCommands } from '../../../../web/console/sandbox/follow-commands.ts';
import { clockTime, duration } from '../../../../web/console/shared/time.ts';
import {
  actorWord,
  eventWord,
  isFailure,
  outcomeWord,
  statusWord,
} from '../../../../web/console/shared/words.ts';
import { records } from '../../../harness/machine/records.ts';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [3_049, '3.0 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it.each([
    [-1, '0:00'],
    [1, '0:01'],
    [272_000, '4:32'],
    [3_605_000, '1:00:05'],
    [604_799_000, '6 d 23:59:59'],
  ])('of %d ms is %s on a clock', (milliseconds, text) => {
    expect(clockTime(milliseconds)).toBe(text);
  });
});

describe('the texts of the page', () => {
  it('name a suspended sandbox with a resume in progress "resuming"', () => {
    expect(statusWord(records.suspended)).toBe('suspended');
    expect(statusWord(records.resuming)).toBe('resuming');
  });

  it('include a title for every event of the machine', () => {
    for (const event of [...eventTypes, 'created']) {
      const word = eventWord({ event, from: 'running', sandbox: records.running });
      expect(word, event).toMatch(/^[A-Z][a-z ]+$/);
    }
    expect(eventWord({ event: null, from: null, sandbox: records.resuming })).toBe('Resuming');
    expect(eventWord({ event: 'of a newer server', from: null, sandbox: records.running })).toBe(
      'of a newer server',
    );
  });

  it('distinguish the timeout of an operation from the time limit', () => {
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
      expect(eventWord({ ...timeout, from, sandbox })).toBe(word);
      expect(isFailure({ ...timeout, from, sandbox })).toBe(word === 'Timed out');
    }
    expect(isFailure({ event: 'suspend.failed', from: 'suspending', sandbox: records.running })).toBe(true);
    expect(isFailure({ event: null, from: 'running', sandbox: records.suspending })).toBe(false);
  });

  it('name the actor', () => {
    expect(actorWord({ isMine: true, actor: 'ada' })).toBe('you');
    expect(actorWord({ isMine: false, actor: 'ada' })).toBe('ada');
    expect(actorWord({ isMine: false, actor: 'clock' })).toBe('the clock');
    expect(actorWord({ isMine: false, actor: null })).toBe(null);
  });

  it('describe the end of a sandbox', () => {
    expect(outcomeWord(records.running)).toBe(null);
    const outcome = {
      result: 'failure',
      reason: 'crashed',
      detail: 'Out of memory.',
      exitCode: null,
    } as const;
    expect(outcomeWord({ outcome })).toBe('The sandbox crashed. Out of memory.');
  });
});

describe('the list', () => {
  const all = [
    records.running,
    records.suspended,
    records.resuming,
    records.terminated,
    { ...records.pending, name: 'Other' },
  ];
  const sandboxes = all.map((sandbox) => ({ sandbox }));

  it('counts the sandboxes that each filter shows', () => {
    expect(countOf(sandboxes)).toEqual({ active: 4, running: 1, suspended: 2, terminated: 1, all: 5 });
    for (const show of choices)
      expect(sandboxes.filter((one) => isShown(one, show, ''))).toHaveLength(countOf(sandboxes)[show]);
  });

  it('finds a sandbox by part of its name or id, in upper or lower case', () => {
    expect(sandboxes.filter((one) => isShown(one, 'all', ' oTHer '))).toHaveLength(1);
    expect(sandboxes.filter((one) => isShown(one, 'all', records.running.id.toUpperCase()))).not.toHaveLength(
      0,
    );
    expect(isShown({ sandbox: null }, 'all', '')).toBe(false);
  });
});

describe('the create request', () => {
  it('omits empty fields', () => {
    expect(requestOf(emptyDraft)).toEqual({});
    expect(requestOf({ ...emptyDraft, name: 'left over' }, 's1')).toEqual({ snapshot_id: 's1' });
  });

  it('takes an argument from each line, and keeps its spaces', () => {
    const draft = {
      ...emptyDraft,
      kind: 'named',
      name: ' my-env ',
      seconds: 60,
      command: 'sh\n-c\n\n sleep 1 \n',
    } as const;
    expect(requestOf(draft)).toEqual({
      name: 'my-env',
      timeout_secs: 60,
      entrypoint: ['sh', '-c', ' sleep 1 '],
    });
  });
});

describe('the problems of a draft', () => {
  it('are listed by field', () => {
    expect(problemsOf(emptyDraft)).toEqual({});
    expect(problemsOf({ ...emptyDraft, kind: 'named', name: ' ' })).toHaveProperty('name');
    for (const seconds of [0, -5, 1.5, 1e18, Number.NaN])
      expect(problemsOf({ ...emptyDraft, seconds }), `${seconds}`).toHaveProperty('seconds');
    expect(problemsOf({ ...emptyDraft, kind: 'named', name: 'a', seconds: 1 })).toEqual({});
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
