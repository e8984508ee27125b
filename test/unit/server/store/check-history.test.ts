import { describe, expect, test } from 'vitest';
import { checkHistory, foldHistory, HistoryError } from '../../../../src/server/store/check-history.ts';
import type { HistoryRow } from '../../../../src/server/store/store.ts';
import { goldenHistories } from '../../../harness/golden/histories.ts';

const rows = goldenHistories()['resumed'] ?? [];
const entryOf = (history: readonly HistoryRow[]) => {
  const last = history.at(-1);
  if (!last) throw new Error('There is no row.');
  return { sandbox: last.sandbox, namespace: last.namespace };
};
const entry = entryOf(rows);
const edited = (version: number, changes: Partial<HistoryRow>) =>
  rows.map((row) => (row.version === version ? { ...row, ...changes } : row));
const at = (version: number): HistoryRow => {
  const row = rows[version - 1];
  if (!row) throw new Error(`There is no version ${version}.`);
  return row;
};

test('a history leads to its record', () => {
  expect(rows.length).toBe(6);
  expect(foldHistory(rows)).toEqual(entry.sandbox);
  expect(checkHistory(rows, entry)).toBeUndefined();
});

/** What may be wrong with it, with the version at which that is found, and what is said. */
const planted: Readonly<
  Record<string, readonly [rows: readonly HistoryRow[], version: number, said: RegExp]>
> = {
  'nothing at all': [[], 1, /There is no history/],
  'a first row that is missing': [rows.slice(1), 1, /row is missing; the next one is of version 2/],
  'a row that is missing': [
    rows.filter(({ version }) => version !== 3),
    3,
    /is missing; the next one is of version 4/,
  ],
  'a last row that is missing': [rows.slice(0, -1), 5, /ends here, and the record is of version 6/],
  'a row too many': [
    [...rows, { ...at(6), version: 7, sequence: 999 }],
    7,
    /goes from suspended, and .* running/,
  ],
  'a row that is there twice': [[...rows.slice(0, 3), ...rows.slice(2)], 4, /second row of version 3/],
  'rows in another order': [
    [at(1), at(3), at(2), ...rows.slice(3)],
    2,
    /is missing; the next one is of version 3/,
  ],
  'a sequence that goes back': [
    edited(3, { sequence: at(2).sequence }),
    3,
    /sequence is \d+, and that .* before it/,
  ],
  'a row of another sandbox': [edited(4, { sandboxId: 'other' }), 4, /of another sandbox, other/],
  'a row of another namespace': [
    edited(4, { namespace: 'team' }),
    4,
    /of namespace team, and the sandbox of default/,
  ],
  'a wrong from': [
    edited(4, { from: 'running' }),
    4,
    /goes from running, and the version before it led to suspending/,
  ],
  'a wrong to': [edited(4, { to: 'running' }), 4, /goes to running, and its record is suspended/],
  'a wrong time': [edited(4, { at: 7 }), 4, /was at 7, and its event at 30/],
  'an event of another type': [
    edited(4, { event: { type: 'rename', name: 'eve', at: 30 } }),
    4,
    /leads to .*"eve"/,
  ],
  'an event of another operation': [
    edited(4, { event: { type: 'suspend.completed', operation: 7, at: 30 } }),
    4,
    /event suspend\.completed changes nothing in the suspending record before it/,
  ],
  'an event that would be refused': [
    edited(4, { event: { type: 'snapshot', snapshotId: 's', at: 30 } }),
    4,
    /changes nothing/,
  ],
  'an event that is none': [
    edited(4, { event: { type: 'oops', at: 30 } as never }),
    4,
    /event\.type must be one of/,
  ],
  'an event that lacks a field': [
    edited(4, { event: { type: 'suspend.completed', at: 30 } as never }),
    4,
    /event\.operation must be a whole number/,
  ],
  'a beginning that is none': [edited(1, { event: { type: 'suspend', at: 0 } }), 1, /begins with suspend/],
  'two beginnings': [edited(2, { event: at(1).event, at: 0 }), 2, /created a second time/],
  'a record that was edited': [
    edited(4, { sandbox: { ...at(4).sandbox, updatedAt: 31 } }),
    4,
    /leads to updatedAt 30, where the record has 31/,
  ],
  'a deadline that was edited': [
    edited(3, { sandbox: { ...at(3).sandbox, operation: { id: 2, kind: 'suspend', deadline: 1 } } }),
    3,
    /leads to operation \{.*\}, where the record has \{.*"deadline":1\}/,
  ],
  'a record with a field too many': [
    edited(4, { sandbox: { ...at(4).sandbox, more: 1 } as never }),
    4,
    /leads to more undefined/,
  ],
  'another policy': [
    edited(3, { policy: { ...at(3).policy, operationLimitSeconds: { suspend: 1 } } as never }),
    3,
    /leads to operation/,
  ],
  'a policy that is none': [edited(3, { policy: {} as never }), 3, /./],
};

describe.each(Object.entries(planted))('%s', (_, [history, version, said]) => {
  test('is found, with where it is', () => {
    const problem = checkHistory(history, entry);
    expect(problem?.message).toMatch(said);
    expect(problem?.version).toBe(version);
  });
});

test('a record other than the last one of the history is found', () => {
  const sandbox = { ...entry.sandbox, expiresAt: 5 };
  expect(checkHistory(rows, { ...entry, sandbox })).toEqual({
    version: 6,
    message: 'The history leads to expiresAt 60050, where the record has 5.',
  });
  const other = { ...entry.sandbox, id: 'other' };
  expect(checkHistory(rows, { ...entry, sandbox: other })?.message).toMatch(
    /of sandbox resumed, and .* of other/,
  );
});

test('to fold a history that does not hold together throws where it goes wrong', () => {
  const history = edited(4, { from: 'running' });
  expect(() => foldHistory(history)).toThrow(HistoryError);
  expect(() => foldHistory(history)).toThrow(/^Version 4: It goes from running/);
});
