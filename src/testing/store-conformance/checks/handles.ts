import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import {
  ConflictError,
  KeyUsedError,
  NameTakenError,
  NewerRecordError,
  StoreBusyError,
} from '../../../server/store/errors.ts';
import type { HistoryRow, SandboxEntry } from '../../../server/store/records.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import {
  commitSandbox,
  creation,
  endings,
  kinds,
  onlyWinner,
  responseOf,
  snapshotOf,
  step,
  up,
} from '../fixtures.ts';

const at = <Item>(items: readonly Item[], index: number) => items[index % items.length] as Item;

/** Several hosts write to the same data, each through a store of its own. */
export const handles: readonly Check[] = [
  {
    name: 'shows a commit of one host to every other host at once',
    needs: 'another',
    async run(harness) {
      const [a, b] = await harness.two();
      let entry = await commitSandbox(a, { id: 'a', name: 'ada' }, up);
      for (const [index, name] of ['b', 'c', 'd', 'e'].entries()) {
        const [writer, reader] = index % 2 === 0 ? [b, a] : [a, b];
        const change = step(entry, { type: 'rename', name });
        const { sequence } = await writer.commit({ change });
        entry = change.after;
        assert.deepEqual(await reader.get('a'), entry);
        assert.deepEqual(await reader.getByName('default', name), entry);
        assert.equal(await reader.lastSequence(), sequence);
      }
    },
  },
  {
    name: 'lets exactly one of many hosts that write a record, a snapshot, a name or a key win',
    needs: 'another',
    async run(harness) {
      const stores = await harness.two();
      const entry = await commitSandbox(stores[0], { id: 'a', name: 'ada' }, up);
      const begun = snapshotOf('s1');
      await stores[0].commit({ snapshot: begun });
      const writers = Array.from({ length: 12 }, (_, index) => index);
      const race = (write: (store: Store, index: number) => Promise<unknown>) =>
        endings(writers.map((index) => write(at(stores, index), index)));
      const names = await race((store, index) =>
        store.commit({ change: step(entry, { type: 'rename', name: `name-${index}` }) }),
      );
      const winner = onlyWinner(names, ConflictError);
      for (const store of stores) assert.equal((await store.get('a'))?.sandbox.name, `name-${winner}`);
      const uris = await race((store, index) =>
        store.commit({
          snapshot: { ...begun, status: 'completed', uri: `file:${index}` },
          snapshotBefore: begun,
        }),
      );
      const completed = onlyWinner(uris, ConflictError);
      assert.equal((await stores[1].getSnapshot('s1'))?.uri, `file:${completed}`);
      onlyWinner(
        await race((store, index) =>
          store.commit({ change: creation({ id: `new-${index}`, name: 'same' }) }),
        ),
        NameTakenError,
      );
      onlyWinner(await race((store) => store.commit({ response: responseOf('key') })), KeyUsedError);
    },
  },
  {
    name: 'loses no update of hosts that read again after a conflict',
    needs: 'another',
    async run(harness) {
      const stores = await harness.two();
      const first = await commitSandbox(stores[0], { id: 'a', name: 'ada' }, up);
      const rename = async (store: Store, name: string): Promise<void> => {
        for (;;) {
          const entry = (await store.get('a')) as SandboxEntry;
          try {
            await store.commit({ change: step(entry, { type: 'rename', name }) });
            return;
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
          }
        }
      };
      const names = Array.from({ length: 16 }, (_, index) => `name-${index}`);
      await Promise.all(names.map((name, index) => rename(at(stores, index), name)));
      const rows = await stores[1].history({ after: 0, sandboxId: 'a', afterVersion: 2, limit: 99 });
      assert.deepEqual(rows.map(({ sandbox }) => sandbox.name).sort(), [...names].sort());
      assert.equal((await stores[0].get('a'))?.sandbox.version, first.sandbox.version + names.length);
    },
  },
  {
    name: 'never adds a row before one that a follower has read, while several hosts write',
    needs: 'another',
    async run(harness) {
      const stores = [...(await harness.two()), await harness.another()];
      let busy = true;
      const follow = async (store: Store) => {
        const followed: HistoryRow[] = [];
        for (let last = false; ; ) {
          const rows = await store.history({ after: followed.at(-1)?.sequence ?? 0, limit: 7 });
          followed.push(...rows);
          if (rows.length > 0) continue;
          if (last) return followed;
          last = !busy;
          await setImmediate();
        }
      };
      const following = Promise.all(stores.map(follow));
      const write = async (writer: number) => {
        for (let round = 0; round < 12; round++)
          await commitSandbox(at(stores, writer), { id: `s${writer}-${round}` }, up);
      };
      try {
        await Promise.all(Array.from({ length: 9 }, (_, writer) => write(writer)));
      } finally {
        busy = false;
        // No follower reads a store that a failed check has closed.
        await Promise.allSettled([following]);
      }
      const all = await stores[0]?.history({ after: 0, limit: 999 });
      assert.equal(all?.length, 9 * 12 * 2);
      for (const followed of await following)
        assert.deepEqual(followed.map(idOf), all?.map(idOf), 'a follower must see each row once, in order');
    },
  },
  {
    name: 'opens the same data for several hosts at once, while another one writes',
    needs: 'another',
    async run(harness) {
      const { store } = harness;
      const writing = commitSandbox(store, { id: 'a' }, up);
      const opened = await Promise.all(Array.from({ length: 4 }, () => harness.another()));
      const entry = await writing;
      const identity = (await store.identity?.read())?.id;
      for (const other of opened) {
        assert.deepEqual(await other.get('a'), entry);
        assert.equal((await other.identity?.read())?.id, identity);
        await commitSandbox(other, { id: `s${opened.indexOf(other)}` });
      }
      const { items } = await store.list({ namespace: 'default', limit: 99 });
      assert.equal(items.length, 5);
    },
  },
  {
    name: 'keeps all or nothing of a commit whose connection ends, and what was acknowledged',
    needs: ['another', 'cut'],
    async run(harness) {
      const stores = await harness.two();
      const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
      for (let round = 0; round < 4; round++) {
        const writing = endings(
          ids.map((id, index) =>
            commitSandbox(at(stores, index), { id: `${id}-${round}`, name: `${id}-${round}` }, up),
          ),
        );
        await harness.cut();
        for (const [index, end] of (await writing).entries()) {
          const id = `${ids[index]}-${round}`;
          assert.ok(end === 'kept' || end instanceof StoreBusyError, `a commit ended with ${end}`);
          const entry = await again(() => stores[0].get(id));
          const rows = await again(() => stores[1].history({ after: 0, sandboxId: id, limit: 9 }));
          assert.deepEqual(rows.at(-1)?.sandbox, entry?.sandbox, 'the record is that of its last row');
          assert.deepEqual(
            rows.map(({ version }) => version),
            [1, 2].slice(0, rows.length),
          );
          if (end === 'kept') assert.equal(entry?.sandbox.status, 'running');
        }
      }
    },
  },
  {
    name: 'neither runs nor changes a record of a newer release',
    needs: ['another', 'makeNewer'],
    async run(harness) {
      const [a, b] = await harness.two();
      await a.shared.heartbeat('a', 15_000);
      await commitSandbox(a, { id: 'work', name: 'work', timeoutMs: 5 });
      await commitSandbox(a, { id: 'ours', name: 'ours', namespace: 'other' });
      await commitSandbox(a, { id: 'living', namespace: 'third' }, ...kinds.running);
      assert.equal(await a.shared.hold('a', 'work'), true);
      for (const id of ['work', 'living']) await harness.makeNewer(id);
      const { holds } = await a.shared.heartbeat('a', 15_000);
      assert.deepEqual([...holds.keys()], [], 'no host holds a record that it cannot read');
      for (const read of [() => b.get('work'), () => b.getByName('default', 'work')])
        await assert.rejects(read(), NewerRecordError);
      assert.deepEqual((await b.list({ namespace: 'default', limit: 9 })).items, []);
      const due = await b.due(Number.MAX_SAFE_INTEGER, 9);
      assert.deepEqual(
        due.map(({ sandboxId }) => sandboxId),
        ['ours'],
      );
      assert.deepEqual(await b.living('', 9), []);
      assert.deepEqual(
        (await a.shared.take('a', 9)).map(({ sandbox }) => sandbox.id),
        ['ours'],
      );
      assert.equal(await a.shared.hold('a', 'living'), false);
      assert.deepEqual(await b.broken('', 9), []);
      await assert.rejects(b.get('work'), NewerRecordError, 'the row must stay as it is');
    },
  },
];

const idOf = ({ sequence, sandboxId, version }: HistoryRow) => `${sequence} ${sandboxId} ${version}`;

/** Reads again when the connection has ended, for as long as the database needs. */
async function again<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreBusyError) || tries === 100) throw error;
      await setImmediate();
    }
  }
}
