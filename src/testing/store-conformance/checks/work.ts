import assert from 'node:assert/strict';
import type { SandboxEntry } from '../../../server/store/records.ts';
import type { DueTimeout } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { adjustment, commitSandbox, kinds, step, up } from '../fixtures.ts';

/** A host finds all its pending work in the store, however the previous host ended. */
export const work: readonly Check[] = [
  {
    name: 'finds the due timeouts, the longest overdue first, and the next timeout',
    async run({ store }) {
      assert.equal(await store.nextTimeoutAt(), null);
      assert.deepEqual(await store.due(Number.MAX_SAFE_INTEGER, 9), []);
      for (const [id, timeoutMs] of [
        ['b', 30],
        ['a', 20],
        ['c', 40],
      ] as const)
        await commitSandbox(store, { id, timeoutMs, at: 0 }, { ...up, at: 0 });
      await commitSandbox(store, { id: 'd' }, up);
      const due = async (at: number, limit: number) => names(await store.due(at, limit));
      assert.equal(await due(19, 9), '');
      assert.equal(await due(29, 9), 'a 20');
      assert.equal(await due(40, 2), 'a 20, b 30');
      assert.equal(await store.nextTimeoutAt(), 20);
      const first = await store.get('a');
      if (first) await store.commit({ change: step(first, { type: 'timeout', at: 25 }) });
      assert.equal(await due(40, 9), 'b 30, c 40');
      assert.equal(await store.nextTimeoutAt(), 30);
    },
  },
  {
    name: 'finds the deadline of an operation as well as the end of a time limit',
    async run({ store }) {
      const pending = await commitSandbox(store, { id: 'a', name: 'ada', timeoutMs: 5_000, at: 0 });
      assert.equal(await store.nextTimeoutAt(), pending.sandbox.operation?.deadline);
      const running = step(pending, { ...up, at: 10 });
      await store.commit({ change: running });
      assert.equal(await store.nextTimeoutAt(), 5_010);
      const suspending = step(running.after, { type: 'suspend', at: 20 });
      await store.commit({ change: suspending });
      assert.equal(await store.nextTimeoutAt(), suspending.after.sandbox.operation?.deadline);
      await store.commit({ change: step(suspending.after, { type: 'suspend.completed', operation: 2 }) });
      assert.equal(await store.nextTimeoutAt(), null);
    },
  },
  {
    name: 'finds timeouts with and without the suspended limits',
    async run({ store }) {
      for (const [id, at] of [
        ['a', 0],
        ['b', 1],
      ] as const) {
        const limits = { name: id, timeoutMs: null, suspendedTimeoutMs: 100 };
        await commitSandbox(store, { id, ...limits, at }, ...kinds.suspended.map((one) => ({ ...one, at })));
      }
      await commitSandbox(store, { id: 'c', timeoutMs: 500, at: 0 }, { ...up, at: 0 });
      const withoutDiscards = true;
      assert.equal(names(await store.due(999, 9)), 'a 100, b 101, c 500');
      assert.equal(names(await store.due(999, 2)), 'a 100, b 101');
      assert.equal(names(await store.due(999, 1, { withoutDiscards })), 'c 500');
      assert.equal(await store.nextTimeoutAt(), 100);
      assert.equal(await store.nextTimeoutAt({ withoutDiscards }), 500);
      const suspended = await store.get('a');
      if (suspended) await store.commit({ change: step(suspended, { type: 'resume', at: 2 }) });
      const deadline = (await store.get('a'))?.sandbox.operation?.deadline;
      assert.equal(
        names(await store.due(Number.MAX_SAFE_INTEGER, 9, { withoutDiscards })),
        `c 500, a ${deadline}`,
        'the deadline of a resume is not a suspended limit',
      );
    },
  },
  {
    name: 'finds unsettled and living sandboxes of every kind',
    async run({ store }) {
      for (const [id, happenings] of Object.entries(kinds))
        await commitSandbox(store, { id, name: id }, ...happenings);
      const released = await commitSandbox(store, { id: 'released' }, ...kinds.crashed);
      await store.commit({ change: adjustment(released, { released: true }) });
      assert.deepEqual(
        ids(await store.unsettled('', 99)),
        'crashed pending resuming snapshotting startFailed suspending terminated',
      );
      assert.deepEqual(ids(await store.living('', 99)), 'resuming running snapshotting suspended suspending');
    },
  },
  {
    name: 'reports the states of the living sandboxes as their records have them, in parts',
    async run({ store }) {
      for (const [id, happenings] of Object.entries(kinds))
        await commitSandbox(store, { id, name: id }, ...happenings);
      const living = await store.living('', 99);
      const expected = living.map(({ sandbox }) => ({
        sandboxId: sandbox.id,
        status: sandbox.status,
        version: sandbox.version,
        incarnation: sandbox.incarnation,
        generation: sandbox.generation,
        isBetween: sandbox.operation !== null,
      }));
      assert.deepEqual(await store.livingStates('', 99), expected);
      const first = await store.livingStates('', 2);
      assert.deepEqual(first, expected.slice(0, 2));
      assert.deepEqual(await store.livingStates(first.at(-1)?.sandboxId ?? '', 99), expected.slice(2));
    },
  },
  {
    name: 'finds a terminated sandbox again when it still holds something on the platform',
    async run({ store }) {
      const ended = await commitSandbox(store, { id: 'a' }, ...kinds.terminated);
      const released = adjustment(ended, { released: true });
      await store.commit({ change: released });
      assert.deepEqual(ids(await store.unsettled('', 9)), '');
      await store.commit({ change: adjustment(released.after, { released: false }) });
      assert.deepEqual(ids(await store.unsettled('', 9)), 'a');
    },
  },
  {
    name: 'returns unsettled and living sandboxes in parts, ordered by id',
    async run({ store }) {
      const all = ['e', 'b', 'd', 'a', 'c', 'B', '10', '9'];
      const happenings = kinds.suspending;
      for (const id of all) await commitSandbox(store, { id, name: `name-${id}` }, ...happenings);
      for (const read of [store.unsettled, store.living]) {
        let found: string[] = [];
        for (let after = ''; ; ) {
          const part = await read.call(store, after, 3);
          assert.ok(part.length <= 3, 'a part must not exceed its limit');
          if (part.length === 0) break;
          found = [...found, ...part.map(({ sandbox }) => sandbox.id)];
          after = found.at(-1) ?? '';
        }
        assert.deepEqual(found, [...all].sort(), 'each sandbox must appear once, ordered by id');
      }
    },
  },
];

function names(due: readonly DueTimeout[]): string {
  return due.map(({ sandboxId, timeoutAt }) => `${sandboxId} ${timeoutAt}`).join(', ');
}

function ids(entries: readonly SandboxEntry[]): string {
  return entries
    .map(({ sandbox }) => sandbox.id)
    .sort()
    .join(' ');
}
