import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxEntry } from '../../../server/store/records.ts';
import type { SharedStore } from '../../../server/store/shared.ts';
import type { Store, StoreChange } from '../../../server/store/store.ts';
import type { Check, HostStore } from '../check.ts';
import { adjustment, commitSandbox, creation, kinds, step, up } from '../fixtures.ts';

/** A time to live that no check outlives by itself, in ms. */
const aliveMs = 600_000;
const dayMs = 86_400_000;

/** A store with the two living hosts `a` and `b`. */
async function livingHosts(two: Promise<readonly [HostStore, HostStore]>) {
  const [a, b] = await two;
  await a.shared.heartbeat('a', aliveMs);
  await b.shared.heartbeat('b', aliveMs);
  return { store: a, a: a.shared, b: b.shared };
}

const holdsOf = async (shared: SharedStore, host: string) =>
  [...(await shared.heartbeat(host, aliveMs)).holds.keys()].sort();
const idsOf = (entries: readonly SandboxEntry[]) => entries.map(({ sandbox }) => sandbox.id).sort();

/** Commits a change as a host, and returns the holder after it. */
const commitAs = async (store: Store, host: string, change: StoreChange) =>
  (await store.commit({ change, host })).holder;

/** One host at a time holds the platform work of a sandbox, and what a host held that ended is taken over. */
export const hosts: readonly Check[] = [
  {
    name: 'assigns the work that a commit leaves to its host, and frees a sandbox whose work has ended',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const created = creation({ id: 'a', name: 'ada' });
      assert.equal(await commitAs(store, 'a', created), 'a');
      assert.deepEqual([await holdsOf(a, 'a'), await holdsOf(b, 'b')], [['a'], []]);
      const booted = step(created.after, up);
      assert.equal(await commitAs(store, 'a', booted), null);
      const renamed = step(booted.after, { type: 'rename', name: 'grace' });
      assert.equal(await commitAs(store, 'b', renamed), null, 'a commit without work holds nothing');
      const suspended = step(renamed.after, { type: 'suspend' });
      assert.equal(await commitAs(store, 'b', suspended), 'b');
      assert.deepEqual([await holdsOf(a, 'a'), await holdsOf(b, 'b')], [[], ['a']]);
      const ended = step(suspended.after, { type: 'terminate' });
      assert.equal(await commitAs(store, 'b', ended), 'b', 'a release is work');
      const released = adjustment(ended.after, { released: true });
      assert.equal(await commitAs(store, 'b', released), null);
      assert.deepEqual(await holdsOf(b, 'b'), []);
    },
  },
  {
    name: 'leaves a sandbox with its living holder, whichever host commits',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const created = creation({ id: 'a', name: 'ada' });
      await commitAs(store, 'a', created);
      const ended = step(created.after, { type: 'terminate' });
      assert.equal(await commitAs(store, 'b', ended), 'a');
      assert.deepEqual([await holdsOf(a, 'a'), await holdsOf(b, 'b')], [['a'], []]);
      assert.equal(await b.hold('b', 'a'), false);
      assert.deepEqual(await b.take('b', 9), []);
    },
  },
  {
    name: 'gives the work of a host that has ended to the next host that commits',
    needs: ['another', 'passTime'],
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const created = creation({ id: 'a', name: 'ada' });
      await commitAs(store, 'a', created);
      await harness.passTime(aliveMs + 1);
      await b.heartbeat('b', aliveMs);
      const ended = step(created.after, { type: 'terminate' });
      assert.equal(await commitAs(store, 'b', ended), 'b');
      assert.deepEqual(await holdsOf(a, 'a'), [], 'a host that comes back has lost it');
      const released = adjustment(ended.after, { released: false });
      assert.equal(await commitAs(store, 'a', released), 'b', 'its late commit does not take it back');
    },
  },
  {
    name: 'assigns nothing of a rejected commit',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const entry = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      await commitAs(store, 'a', step(entry, { type: 'suspend' }));
      await assert.rejects(commitAs(store, 'b', step(entry, { type: 'terminate' })));
      assert.deepEqual([await holdsOf(a, 'a'), await holdsOf(b, 'b')], [['a'], []]);
    },
  },
  {
    name: 'takes only work without a living holder, at most as much as the limit, and none twice',
    needs: ['another', 'passTime'],
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const ids = Array.from({ length: 24 }, (_, index) => `s${String(index).padStart(2, '0')}`);
      for (const id of ids) await store.commit({ change: creation({ id }), host: 'a' });
      await commitSandbox(store, { id: 'unheld', name: 'unheld' }, ...kinds.suspending);
      await commitSandbox(store, { id: 'settled', name: 'settled' }, ...kinds.suspended);
      assert.deepEqual(idsOf(await b.take('b', 9)), ['unheld']);
      await harness.passTime(aliveMs + 1);
      assert.deepEqual(await b.take('b', 9), [], 'a host that is not alive takes nothing');
      for (const host of ['c', 'd']) await a.heartbeat(host, aliveMs);
      const taken = await Promise.all(
        ['c', 'd', 'c', 'd', 'c', 'd'].map((host, index) => (index % 2 === 0 ? a : b).take(host, 3)),
      );
      for (const part of taken) assert.ok(part.length <= 3, 'no more than the limit is taken');
      const found = taken.flatMap(idsOf);
      assert.equal(new Set(found).size, found.length, 'no sandbox is taken twice');
      const rest = [...(await a.take('c', 99)), ...(await b.take('d', 99))];
      assert.deepEqual([...found, ...idsOf(rest)].sort(), ['unheld', ...ids].sort());
      assert.deepEqual(
        [...(await holdsOf(a, 'c')), ...(await holdsOf(b, 'd'))].sort(),
        ['unheld', ...ids].sort(),
      );
      const entry = await store.get('s00');
      assert.deepEqual(
        [...taken.flat(), ...rest].find(({ sandbox }) => sandbox.id === 's00'),
        entry,
      );
    },
  },
  {
    name: 'leaves a sandbox that has platform work with its holder when that lets go',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const entry = await commitSandbox(store, { id: 'a', name: 'ada' }, ...kinds.running);
      assert.equal(await a.hold('a', 'a'), true);
      const ended = step(entry, { type: 'terminate' });
      assert.equal(await commitAs(store, 'b', ended), 'a');
      await a.letGo('a', 'a');
      assert.deepEqual(await holdsOf(a, 'a'), ['a'], 'it got work meanwhile');
      assert.deepEqual(await b.take('b', 9), []);
      const released = adjustment(ended.after, { released: true });
      assert.equal(await commitAs(store, 'a', released), null);
    },
  },
  {
    name: 'lets one host at a time hold a sandbox, until it lets go or ends',
    needs: ['another', 'passTime'],
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const entry = await commitSandbox(store, { id: 'a', name: 'ada' }, ...kinds.running);
      const race = await Promise.all([a.hold('a', 'a'), b.hold('b', 'a')]);
      assert.deepEqual([...race].sort(), [false, true], 'exactly one of two hosts holds it');
      const [mine, other] = race[0] ? (['a', 'b'] as const) : (['b', 'a'] as const);
      assert.equal(await a.hold(mine, 'a'), true, 'a host may hold it again');
      await a.letGo(other, 'a');
      assert.equal(await a.hold(other, 'a'), false, 'only its holder lets go');
      const renamed = step(entry, { type: 'rename', name: 'grace' });
      assert.equal(await commitAs(store, other, renamed), mine, 'a commit without work leaves the holder');
      await a.letGo(mine, 'a');
      assert.equal(await a.hold(other, 'a'), true);
      await harness.passTime(aliveMs + 1);
      await a.heartbeat(mine, aliveMs);
      assert.equal(await a.hold(mine, 'a'), true, 'the holder has ended');
      await b.letGo(other, 'a');
      assert.deepEqual(await holdsOf(a, mine), ['a'], 'a host that has lost it does not free it');
      assert.equal(await b.hold(other, 'a'), false, 'a host that is not alive holds nothing');
      assert.equal(await a.hold(mine, 'unknown'), false);
    },
  },
  {
    name: 'shows a host which hosts are alive and what it holds, by the time of the store',
    needs: ['another', 'passTime'],
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      assert.deepEqual((await a.heartbeat('a', aliveMs)).alive, ['a', 'b']);
      const created = creation({ id: 'a', name: 'ada' });
      await commitAs(store, 'a', created);
      assert.deepEqual((await a.heartbeat('a', aliveMs)).holds, new Map([['a', 1]]));
      // Without any hint, the holder finds what another host has changed.
      await commitAs(store, 'b', step(created.after, { type: 'rename', name: 'grace' }));
      const { now, holds } = await a.heartbeat('a', aliveMs);
      assert.deepEqual(holds, new Map([['a', 2]]));
      await harness.passTime(aliveMs - 1_000);
      await b.heartbeat('b', aliveMs);
      await harness.passTime(2_000);
      const later = await b.heartbeat('c', aliveMs);
      assert.deepEqual(later.alive, ['b', 'c']);
      assert.ok(later.now >= now, 'the time of the store does not go back');
    },
  },
  {
    name: 'frees everything that a host held when it leaves',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      const created = creation({ id: 'work', name: 'work' });
      await commitAs(store, 'a', created);
      await commitSandbox(store, { id: 'idle', name: 'idle' }, ...kinds.running);
      await a.hold('a', 'idle');
      await a.leave('a');
      assert.deepEqual((await b.heartbeat('b', aliveMs)).alive, ['b']);
      assert.deepEqual(idsOf(await b.take('b', 9)), ['work']);
      assert.equal(await b.hold('b', 'idle'), true);
      assert.deepEqual(await holdsOf(a, 'a'), []);
    },
  },
  {
    name: 'gives a turn to one host per interval, for each task',
    needs: ['another', 'passTime'],
    async run(harness) {
      const { a, b } = await livingHosts(harness.two());
      const ask = async (task: string) => {
        const turns = await Promise.all([a, b, a, b, a, b].map((shared) => shared.turn(task, aliveMs)));
        return turns.filter(Boolean).length;
      };
      assert.equal(await ask('drift'), 1);
      assert.equal(await ask('drift'), 0);
      assert.equal(await ask('retention'), 1);
      await harness.passTime(aliveMs + 1);
      assert.equal(await ask('drift'), 1);
      assert.equal(await b.turn('drift', 0), true, 'an interval of 0 ends a turn');
      assert.equal(await ask('drift'), 1);
    },
  },
  {
    name: 'gives each due timeout to exactly one share',
    needs: 'another',
    async run(harness) {
      const [a, b] = await harness.two();
      const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
      for (const [index, id] of ids.entries()) await commitSandbox(a, { id, timeoutMs: 5 + index }, up);
      const at = Number.MAX_SAFE_INTEGER;
      const all = await a.due(at, 99);
      assert.equal(all.length, ids.length);
      for (const of of [1, 2, 3]) {
        const shares = await Promise.all(
          Array.from({ length: of }, (_, index) => b.due(at, 99, { share: { index, of } })),
        );
        assert.deepEqual(
          shares
            .flat()
            .map(({ sandboxId }) => sandboxId)
            .sort(),
          [...ids].sort(),
        );
        for (const [index, share] of shares.entries()) {
          assert.ok(share.length > 0, `share ${index} of ${of} is empty`);
          assert.deepEqual(
            share,
            all.filter(({ sandboxId }) => share.some((due) => due.sandboxId === sandboxId)),
          );
          assert.deepEqual(await a.due(at, 2, { share: { index, of } }), share.slice(0, 2));
          assert.equal(await a.nextTimeoutAt({ share: { index, of } }), share[0]?.timeoutAt);
        }
      }
    },
  },
  {
    name: 'gives the other hosts a hint of each change',
    needs: 'another',
    async run(harness) {
      const [a, b] = await harness.two();
      const heard = new Set<string>();
      const end = a.shared.onHint((ids) => {
        for (const id of ids) heard.add(id);
      });
      await commitSandbox(b, { id: 'a', name: 'ada' }, up);
      // A hint may be lost, but not all of them.
      for (let index = 0; heard.size === 0; index++) {
        assert.ok(index < 600, 'no hint has come in 60 s');
        await sleep(100);
        if (index % 10 === 9) await commitSandbox(b, { id: `more-${index}` });
      }
      end();
    },
  },
  {
    name: 'takes no time from the clock of a host: one may be a day off',
    needs: 'another',
    async run(harness) {
      const { store, a, b } = await livingHosts(harness.two());
      await commitAs(store, 'a', creation({ id: 'a', name: 'ada' }));
      assert.equal(await a.turn('drift', aliveMs), true);
      const { now } = await a.heartbeat('a', aliveMs);
      const right = Date.now;
      for (const offset of [dayMs, -dayMs]) {
        Date.now = () => right() + offset;
        try {
          const beat = await b.heartbeat('b', aliveMs);
          assert.ok(Math.abs(beat.now - now) < dayMs / 2, 'the time is that of the store');
          assert.deepEqual(beat.alive, ['a', 'b']);
          assert.deepEqual(await b.take('b', 9), []);
          assert.equal(await b.hold('b', 'a'), false);
          assert.equal(await b.turn('drift', aliveMs), false);
        } finally {
          Date.now = right;
        }
      }
    },
  },
];
