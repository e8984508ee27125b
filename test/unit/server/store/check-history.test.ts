import { describe, expect, test } from 'vitest';
import { checkHistory, foldHistory, HistoryError } from '../../../../src/server/store/check-history.ts';
import type { HistoryRow } from '../../../../src/server/store/records.ts';
import { goldenHistories } from '../../../harness/golden/histories.ts';

const rows = goldenHistories()['resumed'] ?? [];
const entryOf = (history: readonly HistoryRow[]) => {
  const last = history.at(-1);
  if (!last) throw new Error('The history is empty.');
  return { sandbox: last.sandbox, namespace: last.namespace };
};
const entry = entryOf(rows);
const edited = (version: number, changes: Partial<HistoryRow>) =>
  rows.map((row) => (row.version === version ? { ...row, ...changes } : row));
const at = (version: number): HistoryRow => {
  const row = rows[version - 1];
  if (!row) throw new Error(`Version ${version} is missing.`);
  return row;
};

test('a history leads to its record', () => {
  expect(rows.length).toBe(6);
  expect(foldHistory(rows)).toEqual(entry.sandbox);
  expect(checkHistory(rows, entry)).toBeUndefined();
});

/** The rows from a version on, as after a cut. */
const from = (version: number, changes: Partial<HistoryRow> = {}) =>
  rows
    .slice(version - 1)
    .map((row) =>
      row.version === version ? { ...row, isFirstKept: true, ...changes } : row,
    ) as readonly HistoryRow[];

test.each([2, 3, 6])('a history that was cut before version %i leads to its record', (version) => {
  expect(foldHistory(from(version))).toEqual(entry.sandbox);
  expect(checkHistory(from(version), entry)).toBeUndefined();
});

/** Faults, with the version at which each one is found and its sentence. */
const planted: Readonly<
  Record<string, readonly [rows: readonly HistoryRow[], version: number, message: RegExp]>
> = {
  'an empty history': [[], 1, /The history is empty/],
  'a first row that is missing': [rows.slice(1), 1, /row is missing; the next row has version 2/],
  'a row that is missing': [
    rows.filter(({ version }) => version !== 3),
    3,
    /is missing; the next row has version 4/,
  ],
  'a last row that is missing': [rows.slice(0, -1), 5, /ends here, but the record has version 6/],
  'an extra row': [
    [...rows, { ...at(6), version: 7, sequence: 999 }],
    7,
    /starts from suspended, but .* running/,
  ],
  'a second cut in the middle': [
    [...rows.slice(0, 3), ...from(4)],
    4,
    /marked as the first that was kept, but no earlier row was deleted/,
  ],
  'a mark on the row that creates the sandbox': [from(1), 1, /marked as the first that was kept/],
  'a first kept row of another sandbox': [
    from(3, { sandboxId: 'other' }),
    3,
    /belongs to another sandbox, other/,
  ],
  'a first kept row of another version': [from(3, { version: 4 }), 4, /record has version 3, but its row 4/],
  'a first kept row that leads to another status': [
    from(3, { to: 'running' }),
    3,
    /leads to running, but its record/,
  ],
  'a first kept row of another time': [from(3, { at: 1 }), 3, /time is 1, but/],
  'a first kept row whose record is illegal': [
    from(3, { sandbox: { ...at(3).sandbox, createdAt: 1e15 } }),
    3,
    /is illegal at/,
  ],
  'a repeated row': [[...rows.slice(0, 3), ...rows.slice(2)], 4, /second row of version 3/],
  'rows in another order': [
    [at(1), at(3), at(2), ...rows.slice(3)],
    2,
    /is missing; the next row has version 3/,
  ],
  'a sequence that goes back': [
    edited(3, { sequence: at(2).sequence }),
    3,
    /sequence is \d+, but the sequence of the previous version is/,
  ],
  'a row of another sandbox': [edited(4, { sandboxId: 'other' }), 4, /belongs to another sandbox, other/],
  'a row of another namespace': [
    edited(4, { namespace: 'team' }),
    4,
    /belongs to namespace team, but the sandbox to default/,
  ],
  'a wrong from': [
    edited(4, { from: 'running' }),
    4,
    /starts from running, but the previous version led to suspending/,
  ],
  'a wrong to': [edited(4, { to: 'running' }), 4, /leads to running, but its record is suspended/],
  'a wrong time': [edited(4, { at: 7 }), 4, /time is 7, but the time of its event is 30/],
  'an event of another type': [
    edited(4, { event: { type: 'rename', name: 'eve', at: 30 } }),
    4,
    /leads to .*"eve"/,
  ],
  'an event of another operation': [
    edited(4, { event: { type: 'suspend.completed', operation: 7, at: 30 } }),
    4,
    /event suspend\.completed does not change the previous record, which is suspending/,
  ],
  'an event that would be refused': [
    edited(4, { event: { type: 'snapshot', snapshotId: 's', at: 30 } }),
    4,
    /does not change/,
  ],
  'an unknown event': [
    edited(4, { event: { type: 'oops', at: 30 } as never }),
    4,
    /event\.type must be one of/,
  ],
  'an event that lacks a field': [
    edited(4, { event: { type: 'suspend.completed', at: 30 } as never }),
    4,
    /event\.operation must be a whole number/,
  ],
  'a wrong first event': [edited(1, { event: { type: 'suspend', at: 0 } }), 1, /begins with suspend/],
  'a second creation': [edited(2, { event: at(1).event, at: 0 }), 2, /creates the sandbox a second time/],
  'a record that was edited': [
    edited(4, { sandbox: { ...at(4).sandbox, updatedAt: 31 } }),
    4,
    /leads to updatedAt 30, but the record has 31/,
  ],
  'a deadline that was edited': [
    edited(3, { sandbox: { ...at(3).sandbox, operation: { id: 2, kind: 'suspend', deadline: 1 } } }),
    3,
    /leads to operation \{.*\}, but the record has \{.*"deadline":1\}/,
  ],
  'a record with an extra field': [
    edited(4, { sandbox: { ...at(4).sandbox, more: 1 } as never }),
    4,
    /leads to more undefined/,
  ],
  'another policy': [
    edited(3, { policy: { ...at(3).policy, operationLimitSeconds: { suspend: 1 } } as never }),
    3,
    /leads to operation/,
  ],
  'an invalid policy': [edited(3, { policy: {} as never }), 3, /./],
};

describe.each(Object.entries(planted))('%s', (_, [history, version, message]) => {
  test('is found, with its version', () => {
    const problem = checkHistory(history, entry);
    expect(problem?.message).toMatch(message);
    expect(problem?.version).toBe(version);
  });
});

test('a record that differs from the last one of the history is found', () => {
  const sandbox = { ...entry.sandbox, expiresAt: 5 };
  expect(checkHistory(rows, { ...entry, sandbox })).toEqual({
    version: 6,
    message: 'The history leads to expiresAt 60050, but the record has 5.',
  });
  const other = { ...entry.sandbox, id: 'other' };
  expect(checkHistory(rows, { ...entry, sandbox: other })?.message).toMatch(
    /to sandbox resumed, but the record to other/,
  );
});

test('a fold of a faulty history throws the version of the fault', () => {
  const history = edited(4, { from: 'running' });
  expect(() => foldHistory(history)).toThrow(HistoryError);
  expect(() => foldHistory(history)).toThrow(/^Version 4: It starts from running/);
});
