import assert from 'node:assert/strict';
import { ConflictError, NameTakenError } from '../../../server/store/errors.ts';
import type { SandboxEntry } from '../../../server/store/records.ts';
import type { Check } from '../check.ts';
import { adjustment, commitSandbox, creation, endings, onlyWinner, step, up } from '../fixtures.ts';

/** Commits compare and swap the record: a writer never overwrites a change that it has not read. */
export const commits: readonly Check[] = [
  {
    name: 'returns what was committed, and nothing else',
    async run(harness) {
      const entry = await commitSandbox(harness.store, { id: 'a', name: 'ada', timeoutMs: 60_000 }, up);
      assert.deepEqual(await harness.store.get('a'), entry);
      const store = await harness.reopen();
      assert.deepEqual(await store.get('a'), entry);
      assert.deepEqual(await store.getByName('default', 'ada'), entry);
      assert.equal(await store.get('b'), undefined);
      assert.equal(await store.get('ada'), undefined);
      assert.equal(await store.getByName('elsewhere', 'ada'), undefined);
      assert.equal(await store.getByName('default', 'a'), undefined);
      assert.deepEqual(await store.broken('', 99), []);
    },
  },
  {
    name: 'rejects a commit on a record that has changed, already exists, or does not exist',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const second = step(first, { type: 'suspend' });
      await store.commit({ change: second });
      await assert.rejects(store.commit({ change: step(first, { type: 'terminate' }) }), ConflictError);
      await assert.rejects(store.commit({ change: creation({ id: 'a' }) }), ConflictError);
      const unknown = step(creation({ id: 'b' }).after, up);
      await assert.rejects(store.commit({ change: unknown }), ConflictError);
      assert.deepEqual(await store.get('a'), second.after);
      assert.equal(await store.get('b'), undefined);
    },
  },
  {
    name: 'detects a conflict with a change that was made without an event',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a' }, up);
      const change = adjustment(first, { configuration: { ...first.configuration, image: 'debian' } });
      assert.deepEqual(await store.commit({ change }), { sequence: null });
      await assert.rejects(store.commit({ change: step(first, { type: 'terminate' }) }), ConflictError);
      assert.deepEqual(await store.get('a'), change.after);
    },
  },
  {
    name: 'keeps every row of a commit with several events, in order and with consecutive sequences',
    async run(harness) {
      const first = await commitSandbox(harness.store, { id: 'a', name: 'ada' }, up);
      const rename = step(first, { type: 'rename', name: 'grace' });
      const limits = step(rename.after, { type: 'setTimeouts', suspendedTimeoutMs: 60_000 });
      const last = step(limits.after, { type: 'configure' });
      const after = { ...last.after, revision: first.revision + 1 };
      const earlier = [rename.history, limits.history];
      const change = { before: first, after, earlier, history: last.history };
      const { sequence } = await harness.store.commit({ change });
      for (const open of [async () => harness.store, () => harness.reopen()]) {
        const store = await open();
        const rows = await store.history({ after: 0, sandboxId: 'a', afterVersion: 2, limit: 99 });
        const expected = [...earlier, last.history].map((row, index) => ({
          sequence: Number(sequence) - 2 + index,
          ...row,
        }));
        assert.deepEqual(rows, expected);
        assert.equal(await store.lastSequence(), sequence);
        assert.deepEqual(await store.get('a'), after);
        assert.deepEqual(await store.getByName('default', 'grace'), after);
      }
    },
  },
  {
    name: 'keeps no row of a commit with several events that is rejected',
    async run({ store }) {
      await commitSandbox(store, { id: 'b', name: 'grace' }, up);
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const limits = step(first, { type: 'setTimeouts', suspendedTimeoutMs: 60_000 });
      const rename = step(limits.after, { type: 'rename', name: 'grace' });
      const after = { ...rename.after, revision: first.revision + 1 };
      const change = { before: first, after, earlier: [limits.history], history: rename.history };
      await assert.rejects(store.commit({ change }), NameTakenError);
      assert.deepEqual(await store.get('a'), first);
      assert.equal((await store.history({ after: 0, sandboxId: 'a', limit: 99 })).length, 2);
    },
  },
  {
    name: 'lets exactly one of many concurrent writers of a record win',
    async run({ store }) {
      let entry: SandboxEntry = await commitSandbox(store, { id: 'a' }, up);
      for (let round = 0; round < 10; round++) {
        const changes = Array.from({ length: 8 }, (_, writer) =>
          step(entry, { type: 'rename', name: `round-${round}-of-${writer}` }),
        );
        const ends = await endings(changes.map((change) => store.commit({ change })));
        const winner = changes[onlyWinner(ends, ConflictError)];
        assert.deepEqual(await store.get('a'), winner?.after);
        if (winner) entry = winner.after;
      }
      assert.equal((await store.history({ after: 0, sandboxId: 'a', limit: 99 })).length, 12);
    },
  },
  {
    name: 'loses no update of writers that read again after a conflict',
    async run({ store }) {
      await commitSandbox(store, { id: 'a' }, up);
      const writers = 5;
      const each = 6;
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let done = 0; done < each; ) {
            const before = await store.get('a');
            assert.ok(before, 'the sandbox must exist');
            const name = `name-${done}-of-${writer}`;
            const [end] = await endings([store.commit({ change: step(before, { type: 'rename', name }) })]);
            if (end === 'kept') done++;
            else assert.ok(end instanceof ConflictError, `a writer got ${end}`);
          }
        }),
      );
      const after = await store.get('a');
      assert.equal(after?.sandbox.version, 2 + writers * each);
      const rows = await store.history({ after: 0, sandboxId: 'a', limit: 999 });
      const names = rows.flatMap(({ event }) => (event.type === 'rename' ? [event.name] : []));
      assert.equal(new Set(names).size, writers * each, 'the history must contain each update once');
    },
  },
  {
    name: 'applies a timeout once when two hosts send it at the same time',
    async run({ store }) {
      const entry = await commitSandbox(store, { id: 'a', timeoutMs: 100 }, up);
      const change = step(entry, { type: 'timeout', at: 2_000 });
      onlyWinner(await endings([store.commit({ change }), store.commit({ change })]), ConflictError);
      const rows = await store.history({ after: 0, sandboxId: 'a', limit: 99 });
      assert.deepEqual(
        rows.map(({ event }) => event.type),
        ['created', 'boot.completed', 'timeout'],
      );
    },
  },
  {
    name: 'keeps a thousand concurrent commits',
    async run(harness) {
      const changes = Array.from({ length: 1_000 }, (_, index) => creation({ id: `s${index}` }));
      await Promise.all(changes.map((change) => harness.store.commit({ change })));
      const store = await harness.reopen();
      for (const { after } of changes) assert.deepEqual(await store.get(after.sandbox.id), after);
      const rows = await store.history({ after: 0, limit: 2_000 });
      assert.equal(new Set(rows.map(({ sandboxId }) => sandboxId)).size, 1_000);
    },
  },
];
