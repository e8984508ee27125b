import assert from 'node:assert/strict';
import { statuses } from '../../../model/sandbox.ts';
import type { Store } from '../../../server/store/store.ts';
import { dayMs, usageAt } from '../../../server/store/usage.ts';
import type { Check } from '../check.ts';
import { commitSandbox, creation, kinds, step, up } from '../fixtures.ts';

/** A store that counts usage or sandboxes counts them exactly, in the commit that changes them. A store may count neither. */
export const usage: readonly Check[] = [
  {
    name: 'adds the time that sandboxes run and are suspended to the usage of their namespace',
    async run(harness) {
      const { store } = harness;
      if (store.usage === undefined) return;
      await commitSandbox(
        store,
        { id: 'a', name: 'ada', at: 0 },
        { ...up, at: 1_000 },
        { type: 'suspend', at: dayMs - 1_000 },
        { type: 'suspend.completed', operation: 2, at: dayMs + 1_000 },
        { type: 'resume', at: 3 * dayMs },
        { type: 'resume.completed', operation: 3, at: 3 * dayMs + 5_000 },
        { type: 'terminate', at: 3 * dayMs + 9_000 },
      );
      await commitSandbox(
        store,
        { id: 'b', namespace: 'other', at: 0 },
        { type: 'boot.failed', operation: 1, reason: 'no such image' },
      );
      const expected = [
        { runningMs: 0, suspendedMs: 0 },
        { runningMs: dayMs - 1_000, suspendedMs: 0 },
        { runningMs: dayMs, suspendedMs: dayMs - 1_000 },
        { runningMs: dayMs, suspendedMs: 2 * dayMs - 1_000 },
        { runningMs: dayMs + 4_000, suspendedMs: 2 * dayMs + 4_000 },
      ];
      assert.deepEqual(await daily(store, 'default', 4), expected);
      assert.deepEqual(await daily(await harness.reopen(), 'default', 4), expected);
      assert.deepEqual(await harness.store.usage?.namespaces('', 9), ['default']);
    },
  },
  {
    name: 'adds each event of a commit to the usage, and an event of an earlier day to all later days',
    async run({ store }) {
      if (store.usage === undefined) return;
      await commitSandbox(store, { id: 'a', namespace: 'late', at: 0 }, { ...up, at: 2 * dayMs });
      const created = creation({ id: 'b', namespace: 'late', at: 0 });
      await store.commit({ change: created });
      const started = step(created.after, { ...up, at: 10 });
      const ended = step(started.after, { type: 'terminate', at: 1_010 });
      const after = { ...ended.after, revision: 2 };
      await store.commit({
        change: { before: created.after, after, earlier: [started.history], history: ended.history },
      });
      assert.deepEqual(await daily(store, 'late', 3), [
        { runningMs: 0, suspendedMs: 0 },
        { runningMs: 1_000, suspendedMs: 0 },
        { runningMs: 1_000, suspendedMs: 0 },
        { runningMs: 1_000 + dayMs, suspendedMs: 0 },
      ]);
      assert.deepEqual(await store.usage.namespaces('late', 9), []);
      assert.deepEqual(await store.usage.namespaces('', 1), ['late']);
    },
  },
  {
    name: 'adds nothing of a rejected commit to the usage or to the numbers',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a', at: 0 }, { ...up, at: 5 });
      const late = step(first, { type: 'terminate', at: 7 });
      await store.commit({ change: step(first, { type: 'snapshot', snapshotId: 's', at: 6 }) });
      await assert.rejects(store.commit({ change: late }));
      const stats = await store.stats?.();
      if (stats !== undefined)
        assert.deepEqual([stats.sandboxes.snapshotting, stats.sandboxes.terminated], [1, 0]);
      if (store.usage !== undefined)
        assert.deepEqual(await daily(store, 'default', 1), [
          { runningMs: 0, suspendedMs: 0 },
          { runningMs: dayMs - 5, suspendedMs: 0 },
        ]);
    },
  },
  {
    name: 'counts the sandboxes of each status',
    async run(harness) {
      if (harness.store.stats === undefined) return;
      for (const [id, happenings] of Object.entries(kinds))
        await commitSandbox(harness.store, { id, name: id }, ...happenings);
      const store = await harness.reopen();
      const { sandboxes, waitingCommits, sizeBytes } = (await store.stats?.()) ?? {};
      assert.deepEqual(sandboxes, {
        ...Object.fromEntries(statuses.map((status) => [status, 1])),
        ...{ suspended: 2, terminated: 3 },
      });
      assert.equal(waitingCommits, 0);
      assert.ok(
        sizeBytes === null || (sizeBytes ?? 0) > 0,
        `the size ${sizeBytes} must be positive, or null`,
      );
    },
  },
];

/** The usage of a namespace until the beginning of each of the first days. */
async function daily(store: Store, namespace: string, days: number) {
  const rows = (await store.usage?.rows(namespace, 0, days)) ?? [];
  return Array.from({ length: days + 1 }, (_, day) => {
    const { runningMs, suspendedMs } = usageAt(rows.filter((row) => row.day < day).at(-1), day * dayMs);
    return { runningMs, suspendedMs };
  });
}
