import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../../../src/server/store/sqlite/database.ts';
import { migrate } from '../../../../../src/server/store/sqlite/migrations/migrate.ts';
import { storeOn } from '../../../../../src/server/store/sqlite/store-on.ts';
import { storeConformance } from '../../../../../src/testing/store-conformance/index.ts';

/** The statements that the store has prepared, and those that it ran without a preparation. */
const statements = new Set<string>();

/** Records the statements of a connection. */
function recorded(connection: Database): Database {
  return new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]) => {
        if (name === 'prepare' || name === 'exec') statements.add(String(values[0]));
        return value.apply(target, values);
      };
    },
  });
}

// The conformance suite calls every method of a store with every kind of argument.
const options = {
  open() {
    const opened = openDatabase(':memory:');
    migrate(opened);
    return storeOn(recorded(opened));
  },
};
for (const { run } of storeConformance(options)) await run();

/** The layout alone, without rows: the plans of SQLite do not depend on rows unless ANALYZE was run. */
const database = openDatabase(':memory:');
migrate(database);
afterAll(() => database.close());

const planned = [...statements].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)\b/i.test(sql));

test('the store prepares few statements, whatever it is asked', () => {
  expect(planned.length).toBeGreaterThan(40);
  expect(planned.length).toBeLessThan(100);
});

/** Tables that stay small however long a server runs, and the rows that were set aside, which a start reads again. */
const isSmall = (detail: string) =>
  /^SCAN (sqlite_sequence|sqlite_schema|sandboxes USING INDEX broken_sandboxes)\b/.test(detail);

describe.each(planned)('%s', (sql) => {
  const plan = planOf(sql);

  test('reads no table or index as a whole', () => {
    expect(plan.filter((detail) => /^SCAN /.test(detail) && !isSmall(detail))).toEqual([]);
  });

  test('sorts nothing: an index has the order', () => {
    expect(plan.filter((detail) => /TEMP B-TREE/.test(detail))).toEqual([]);
  });

  // The facts are a handful of rows.
  test.runIf(!/ facts /.test(sql))(
    'reads a range only from an index that it names, and only a page of it',
    () => {
      const ranges = plan.filter((detail) => /\(.*[<>]/.test(detail));
      const named = [...sql.matchAll(/INDEXED BY (\w+)/g)].map(([, index]) => index);
      for (const detail of ranges) {
        const isNamed = named.some((index) => detail.includes(`INDEX ${index} `));
        const isPrimary =
          /USING (INTEGER )?PRIMARY KEY/.test(detail) &&
          /\b(rowid|sequence|metadata|usage)\b/.test(`${detail} ${sql}`);
        expect(isNamed || isPrimary, detail).toBe(true);
      }
      const bounds = (texts: readonly string[]) => texts.join(' ').match(/[<>]=? ?\(?\?/g)?.length ?? 0;
      expect(
        bounds(ranges),
        'each bound is a part of the seek, not a filter of what it finds',
      ).toBeGreaterThanOrEqual(bounds([sql]));
      // The usage of a namespace has a row for each day, of which a query reads at most a year, and an event changes the last.
      if (ranges.length > 0) expect(sql).toMatch(/\bLIMIT\b|broken = NULL|\busage\b.* day >= \?/s);
    },
  );
});

function planOf(sql: string): readonly string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  return rows.map((row) => String(row['detail']));
}
