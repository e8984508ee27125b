import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statuses } from '../../../src/index.ts';
import { contractEdges, contractRows } from '../../harness/machine/contract-table.ts';

const page = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');
const section = (number: number) =>
  page.split(new RegExp(`^## ${number}\\. .*$`, 'm'))[1]?.split(/^## /m)[0] ?? '';

/** The states of the machine that a cell of the column "from" names. */
const states = statuses.flatMap((status) =>
  status === 'suspended' ? ['suspended.idle', 'suspended.resuming'] : [status],
);
const statesOf = (cell: string) =>
  cell === 'all but terminated' ? states.filter((state) => state !== 'terminated') : cell.split(', ');

/** The rows of the table of section 4, one per state and event: `from event to effect`. */
function tableRows(): string[] {
  const rows = [...section(4).matchAll(/^\| ([a-z][^|]*) \| ([a-z][^|]*) \| ([^|]+) \| ([^|]*) \|$/gm)];
  return rows.slice(1).flatMap(([, from = '', events = '', target = '', changes = '']) =>
    statesOf(from).flatMap((state) =>
      events
        .replaceAll(/\[[^\]]*\]/g, (guards) => guards.replaceAll(', ', '+'))
        .split(', ')
        .map((event) => {
          const to = target === 'same' ? (state.split('.')[0] ?? '') : target;
          const effect = /effect `(\w+)`/.exec(changes)?.[1];
          return [state, event.replace(/ \[.*/, ''), to, ...(effect === undefined ? [] : [effect])].join(' ');
        }),
    ),
  );
}

test('the table of section 4 has the rows that the proof compares with the machine', () => {
  const expected = contractRows.map((row) => row.replace(/ \[[^\]]*\]/, ''));
  expect(tableRows().toSorted()).toEqual(expected.toSorted());
});

test('section 4 lists the changes of status that the proof compares with the machine', () => {
  const list =
    /^These changes of status can be observed, and no others: ([^.]*)\./m.exec(section(4))?.[1] ?? '';
  expect(list.split(/,\s+/).map((edge) => edge.replaceAll(/\s/g, ''))).toEqual(contractEdges);
});
