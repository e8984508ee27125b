import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { transition } from '../../../../src/index.ts';
import { mustBeSandbox } from '../../../../src/model/check-record.ts';
import {
  operationKinds,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from '../../../../src/model/sandbox.ts';
import { defaultConfiguration } from '../../../../src/server/configuration.ts';
import { checkHistory } from '../../../../src/server/store/check-history.ts';
import { isUnsettled, timeoutAtOf } from '../../../../src/server/store/indexed-fields.ts';
import type { HistoryRow, SandboxEntry, SnapshotRecord } from '../../../../src/server/store/records.ts';
import { recordSchema, upgrade } from '../../../../src/server/store/schemas.ts';
import { closeDatabase, openDatabase } from '../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { goldenHistories, goldenSnapshots } from '../../../harness/golden/histories.ts';

interface Golden {
  readonly shape: object;
  readonly histories: Readonly<Record<string, readonly HistoryRow[]>>;
  readonly snapshots: readonly SnapshotRecord[];
}

const folder = new URL('../../../harness/golden/', import.meta.url);
const fileOf = (schema: number) => new URL(`schema-${schema}.json`, folder);

// UPDATE_GOLDEN=1 writes the file of the current schema again. CONTRIBUTING.md says when that is allowed.
if (process.env['UPDATE_GOLDEN'] !== undefined) {
  const golden: Golden = {
    shape: shapeNow(),
    histories: goldenHistories(),
    snapshots: goldenSnapshots(),
  };
  writeFileSync(fileOf(recordSchema), `${JSON.stringify(golden, undefined, 1)}\n`);
}

const schemas = Array.from({ length: recordSchema }, (_, index) => index + 1);
const read = (schema: number): Golden => JSON.parse(readFileSync(fileOf(schema), 'utf8'));

test('golden rows exist for every schema', () => {
  const files = readdirSync(folder).filter((name) => /^schema-/.test(name));
  expect(files.sort()).toEqual(schemas.map((schema) => `schema-${schema}.json`).sort());
});

test('a record has the shape of its schema: another shape needs another schema', () => {
  const help = 'see "Stored data" in CONTRIBUTING.md';
  expect(shapeNow(), help).toEqual(read(recordSchema).shape);
});

test('the current code creates the golden histories', () => {
  const { histories, snapshots } = read(recordSchema);
  expect(goldenHistories()).toEqual(histories);
  expect(goldenSnapshots()).toEqual(snapshots);
});

describe.each(schemas)('a golden row of schema %i', (schema) => {
  const { histories, snapshots } = read(schema);
  const now = (record: unknown) => upgrade(record, schema, schema) as Sandbox;
  const records = Object.values(histories).map((rows) => now(rows.at(-1)?.sandbox));
  const path = mkdtempSync(join(tmpdir(), 'golden-'));
  afterAll(() => rmSync(path, { recursive: true }));

  test('exists for every status and every outcome', () => {
    expect(new Set(records.map(({ status }) => status))).toEqual(new Set(statuses));
    expect(records.some(({ status, operation }) => status === 'suspended' && operation !== null)).toBe(true);
    const ends = new Set(records.flatMap(({ outcome }) => outcome?.reason ?? []));
    expect(ends).toEqual(new Set(outcomeReasons));
    expect(new Set(snapshots.map(({ status }) => status)).size).toBe(4);
  });

  test('is now a legal record that can be terminated', () => {
    for (const record of records) {
      mustBeSandbox(record);
      const { sandbox } = transition(record, { type: 'terminate', at: 1_000_000 });
      expect(sandbox.status).toBe('terminated');
      mustBeSandbox(sandbox);
    }
  });

  test('replays: each history leads to its records', () => {
    for (const rows of Object.values(histories)) {
      const upgraded = rows.map((row) => ({ ...row, sandbox: now(row.sandbox) }));
      const sandbox = now(rows.at(-1)?.sandbox);
      expect(checkHistory(upgraded, { namespace: 'default', sandbox })).toBeUndefined();
    }
  });

  test('is read from a database', async () => {
    const file = join(path, 'sandboxes.db');
    await sqliteStore(file).close();
    const database = openDatabase(file);
    const insert = database.prepare(
      `INSERT INTO sandboxes
         (id, namespace, name, status, version, revision, created_at, ended_at, rank, incarnation, generation, timeout_at, unsettled,
          released, schema, oldest_reader, record, configuration)
       VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
    );
    const insertHistory = database.prepare(
      `INSERT INTO history
         (sequence, namespace, sandbox_id, version, from_status, to_status, at, actor, cause, policy, event, schema, oldest_reader, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
    );
    const [anyRow] = Object.values(histories).flat();
    database.prepare('INSERT INTO policies VALUES (1, ?)').run(JSON.stringify(anyRow?.policy));
    for (const [id, rows] of Object.entries(histories)) {
      const written = rows.at(-1)?.sandbox;
      const { name, status, version, createdAt, terminatedAt, incarnation, generation } = now(written);
      const entry = { sandbox: now(written), released: false } as SandboxEntry;
      // Each in its own namespace, because they share names.
      const state = [terminatedAt, status === 'terminated' ? 0 : 1, incarnation, generation] as const;
      const columns = [id, id, name, status, version, createdAt, ...state, timeoutAtOf(entry)] as const;
      const texts = [JSON.stringify(written), JSON.stringify(defaultConfiguration)] as const;
      insert.run(...columns, Number(isUnsettled(entry)), schema, schema, ...texts);
      for (const row of rows) {
        const { sequence, from, to, at, actor, cause } = row;
        const json = [JSON.stringify(row.event), schema, schema, JSON.stringify(row.sandbox)] as const;
        insertHistory.run(sequence, id, id, row.version, from, to, at, actor, cause, ...json);
      }
    }
    closeDatabase(database);
    const store = sqliteStore(file);
    for (const [id, rows] of Object.entries(histories)) {
      const entry = await store.get(id);
      expect(entry?.sandbox).toEqual(now(rows.at(-1)?.sandbox));
      const expected = rows.map((row) => ({ ...row, namespace: id, sandbox: now(row.sandbox) }));
      expect(await store.history({ after: 0, sandboxId: id, limit: 99 })).toEqual(expected);
      expect(entry && checkHistory(expected, entry)).toBeUndefined();
    }
    expect(await store.broken('', 99)).toEqual([]);
    await store.close();
  });
});

/** The shape of this release's records: each field with its types and its possible words. */
function shapeNow(): object {
  const records = Object.values(goldenHistories()).flatMap((rows) => rows.map(({ sandbox }) => sandbox));
  return {
    record: shapeOf(records),
    snapshot: shapeOf(goldenSnapshots()),
    words: { statuses, pendingReasons, operationKinds, results, outcomeReasons },
  };
}

/** The types at each path, over all these values. */
function shapeOf(values: readonly unknown[]): Record<string, string> {
  const found = new Map<string, Set<string>>();
  const look = (path: string, value: unknown): void => {
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    found.set(path, (found.get(path) ?? new Set()).add(type));
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        look(`${path}.${Array.isArray(value) ? '*' : key}`, inner);
  };
  for (const value of values) look('', value);
  return Object.fromEntries([...found].map(([path, types]) => [path, [...types].sort().join(' | ')]).sort());
}
