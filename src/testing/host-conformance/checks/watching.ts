import assert from 'node:assert/strict';
import type { HistoryRow } from '../../../server/store/records.ts';
import type { Check } from '../check.ts';
import { type CheckedHost, namespace } from '../harness.ts';

/** A watch yields each change once, in one order for all readers. */
export const watching: readonly Check[] = [
  {
    name: 'yields every change once and in order while many commands are applied',
    uses: ['watch', 'position'],
    async run({ start, running, eventually, settles }) {
      const host = await start();
      const begin = await host.position();
      const readers = [follow(host, begin), follow(host, begin)];
      const entries = await Promise.all(['a', 'b', 'c'].map((name) => running(host, { name })));
      const renames = entries.flatMap(({ sandbox }) =>
        [1, 2, 3, 4].map((round) =>
          host.send(namespace, sandbox.id, { type: 'rename', name: `${sandbox.id}-${round}` }),
        ),
      );
      await Promise.all(renames);
      const total = entries.length * 6;
      await eventually('Each reader must get every change', () =>
        readers.every(({ rows }) => rows.length >= total),
      );
      for (const { rows } of readers) {
        mustBeInOrder(rows);
        assert.deepEqual(rows, readers[0]?.rows, 'every reader must get the same order');
        assert.equal(rows.length, total);
      }
      const middle = readers[0]?.rows[7];
      const late = follow(host, middle?.sequence ?? 0);
      await eventually('A later reader must get the rest', () => late.rows.length >= total - 8);
      assert.deepEqual(late.rows, readers[0]?.rows.slice(8), 'a watch must go on after its position');
      for (const reader of [...readers, late]) await settles('A watch that is ended', reader.end());
    },
  },
  {
    name: 'limits a watch to its namespace and its sandbox, and starts now by default',
    uses: ['watch'],
    async run({ start, running, eventually, quiet, settles }) {
      const host = await start();
      const one = (await running(host, { name: 'ada' })).sandbox;
      const other = (await running(host, { name: 'bea' })).sandbox;
      const watch = follow(host, undefined, one.id);
      await quiet();
      await host.create({ namespace: 'elsewhere', name: 'cat' });
      await host.send(namespace, other.id, { type: 'terminate' });
      await host.send(namespace, one.id, { type: 'rename', name: 'new' });
      await eventually('The rename must arrive', () => watch.rows.length > 0);
      await quiet();
      assert.deepEqual(
        watch.rows.map(({ sandboxId, event }) => `${event.type} of ${sandboxId}`),
        [`rename of ${one.id}`],
      );
      await settles('A watch that is ended', watch.end());
    },
  },
  {
    name: 'yields the changes of before and after a crash to a reader that goes on from its position',
    needs: 'restart',
    uses: ['watch', 'position'],
    async run({ start, running, restart, inTime, settles }) {
      const host = await start();
      const begin = await host.position();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      await host.send(namespace, id, { type: 'rename', name: 'b' });
      const next = await restart(host);
      await next.send(namespace, id, { type: 'rename', name: 'c' });
      const watch = follow(next, begin, id);
      await inTime('Every change must arrive', () => watch.rows.length >= 4);
      mustBeInOrder(watch.rows);
      assert.deepEqual(
        watch.rows.map(({ version }) => version),
        [1, 2, 3, 4],
      );
      await settles('A watch that is ended', watch.end());
    },
  },
];

/** Reads a watch in the background. */
function follow(host: CheckedHost, after: number | undefined, sandboxId?: string) {
  const ended = new AbortController();
  const rows: HistoryRow[] = [];
  const query = {
    namespace,
    signal: ended.signal,
    ...(after !== undefined && { after }),
    ...(sandboxId !== undefined && { sandboxId }),
  };
  const reading = (async () => {
    for await (const row of host.watch(query)) rows.push(row);
  })();
  return {
    rows,
    /** Ends the watch by its signal. It must end then. */
    async end() {
      ended.abort();
      await reading;
    },
  };
}

/** The sequences must grow, and the versions of each sandbox must have no gap. */
function mustBeInOrder(rows: readonly HistoryRow[]): void {
  const versions = new Map<string, number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const { sequence, sandboxId, version } of rows) {
    assert.ok(sequence > last, `sequence ${sequence} must not follow ${last}`);
    assert.equal(
      version,
      (versions.get(sandboxId) ?? 0) + 1,
      `the versions of ${sandboxId} must have no gap`,
    );
    versions.set(sandboxId, version);
    last = sequence;
  }
}
