import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type Status, transition } from '../../src/index.ts';
import { createUsageTable } from '../../src/server/store/memory/usage-table.ts';
import type { HistoryRow } from '../../src/server/store/records.ts';
import type { StoreUsage } from '../../src/server/store/store.ts';
import { dayMs, dayOf, type UsageTotal, usageAt } from '../../src/server/store/usage.ts';
import { type SandboxLife, sandboxEvents } from '../../src/testing/sandbox-events.ts';
import { fixedSeed, freshSeed } from '../harness/check.ts';

type Row = Omit<HistoryRow, 'sequence'>;

/** The rows of a life, as far as usage reads them. The limits of a life can be centuries, and so can its usage. */
function rowsOf({ input, events }: SandboxLife, namespace: string): readonly Row[] {
  let { sandbox } = createSandbox(input);
  const rows = [rowOf(null, sandbox, namespace)];
  for (const event of events) {
    const { outcome, sandbox: after } = transition(sandbox, event);
    if (outcome === 'applied') rows.push(rowOf(sandbox.status, after, namespace));
    sandbox = after;
  }
  return rows;
}

const rowOf = (from: Status | null, sandbox: Sandbox, namespace: string) =>
  ({ namespace, from, to: sandbox.status, sandbox }) as Row;

/** The usage until an instant, from all histories: each row lasts until the next one of its sandbox. */
function naiveFold(histories: readonly (readonly Row[])[], namespace: string, until: number): UsageTotal {
  const total = { runningMs: 0, suspendedMs: 0 };
  for (const rows of histories.filter(([first]) => first?.namespace === namespace)) {
    for (const [index, { to, sandbox }] of rows.entries()) {
      const end = Math.min(rows[index + 1]?.sandbox.updatedAt ?? until, until);
      const lengthMs = Math.max(0, end - sandbox.updatedAt);
      if (to === 'running' || to === 'snapshotting' || to === 'suspending') total.runningMs += lengthMs;
      if (to === 'suspended') total.suspendedMs += lengthMs;
    }
  }
  return total;
}

/** Some lives, and in which order their rows are committed: the draws choose the sandbox of the next row. */
const histories = fc
  .tuple(
    fc.array(sandboxEvents({ maxLength: 12 }), { minLength: 1, maxLength: 5 }),
    fc.infiniteStream(fc.nat(99)),
  )
  .map(([lives, draws]) => {
    const all = lives.map((life, index) => rowsOf(life, index % 2 === 0 ? 'even' : 'odd'));
    const waiting = all.map((rows) => [...rows]);
    const committed: Row[] = [];
    for (;;) {
      const left = waiting.filter((rows) => rows.length > 0);
      if (left.length === 0) return { all, committed };
      const next = left[(draws.next().value ?? 0) % left.length]?.shift();
      if (next) committed.push(next);
    }
  });

type Table = { add(row: Row): void; readonly queries: StoreUsage };

/** The first difference between a table and the fold of the whole history, at the beginning of each day with an event. */
async function differenceOf(
  create: () => Table,
  drawn: { all: readonly (readonly Row[])[]; committed: readonly Row[] },
) {
  const table = create();
  for (const row of drawn.committed) table.add(row);
  const days = drawn.committed.map(({ sandbox }) => dayOf(sandbox.updatedAt));
  for (const namespace of ['even', 'odd']) {
    for (const day of new Set(days.flatMap((each) => [each, each + 1, each + 400]))) {
      const rows = await table.queries.rows(namespace, day, day);
      const found = usageAt(rows.at(-1), day * dayMs);
      const expected = naiveFold(drawn.all, namespace, day * dayMs);
      if (found.runningMs !== expected.runningMs || found.suspendedMs !== expected.suspendedMs)
        return { namespace, day, found, expected };
    }
  }
  return undefined;
}

test('the usage of any histories is that of a fold of all their rows', async () => {
  const property = fc.asyncProperty(histories, async (drawn) => {
    expect(await differenceOf(createUsageTable, drawn)).toBeUndefined();
  });
  for (const seed of [fixedSeed, freshSeed]) await fc.assert(property, { seed, numRuns: 100 });
}, 60_000);

/** A table that adds other rows than it is given. */
const spoiled = (change: (row: Row) => readonly Row[]) => (): Table => {
  const table = createUsageTable();
  return {
    ...table,
    add(row) {
      for (const one of change(row)) table.add(one);
    },
  };
};

const plantedBugs: Readonly<Record<string, () => Table>> = {
  'time that is not that of the record': spoiled((row) => [
    { ...row, sandbox: { ...row.sandbox, updatedAt: row.sandbox.createdAt } },
  ]),
  'a suspend that ends the run at its begin': spoiled((row) => [
    {
      ...row,
      to: row.to === 'suspending' ? 'pending' : row.to,
      from: row.from === 'suspending' ? 'pending' : row.from,
    },
  ]),
  'an end that is not counted': spoiled((row) => (row.to === 'terminated' ? [] : [row])),
  'one table for all namespaces': spoiled((row) => [{ ...row, namespace: 'even' }]),
  'a day without its beginning': () => {
    const table = createUsageTable();
    const rows: StoreUsage['rows'] = async (...query) =>
      (await table.queries.rows(...query)).map((row) => ({
        ...row,
        runningMs: row.runningMs - (row.runningMs % 1000),
      }));
    return { ...table, queries: { ...table.queries, rows } };
  },
};

describe('planted bugs', () => {
  test.each(Object.keys(plantedBugs))('%s is found', async (name) => {
    const create = plantedBugs[name] as () => Table;
    const drawn = fc.sample(histories, { seed: 1, numRuns: 200 });
    const differences = await Promise.all(drawn.map((one) => differenceOf(create, one)));
    expect(differences.some((difference) => difference !== undefined)).toBe(true);
  });
});
