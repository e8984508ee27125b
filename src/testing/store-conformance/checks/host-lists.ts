import assert from 'node:assert/strict';
import type { SharedStore } from '../../../server/store/shared.ts';
import type { Check, HostStore } from '../check.ts';
import { commitSandbox, creation, kinds } from '../fixtures.ts';

/** A time to live that no check outlives by itself, in ms. */
const aliveMs = 1_800_000;

/** A part of that time, and how exactly a real clock must agree, in ms. */
const partMs = 300_000;
const closeMs = 120_000;

/** Lets a host commit sandboxes with work, which it then holds. */
async function holdNew(store: HostStore, host: string, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await store.commit({ change: creation({ id, name: id, namespace: `of-${host}` }), host });
}

const pageOf = async (shared: SharedStore, afterName = '', limit = 9) =>
  (await shared.hosts(afterName, limit)).hosts.map(({ name, held }) => `${name} ${held}`);

function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) < closeMs,
    `${what} must be about ${expected} ms ago, not ${actual} ms`,
  );
}

/** Operators see the hosts of a store, and what each of them holds. */
export const hostLists: readonly Check[] = [
  {
    name: 'lists the hosts in pages, with how many sandboxes each holds',
    needs: ['another', 'passTime'],
    async run(harness) {
      const [a, b] = await harness.two();
      for (const host of ['c', 'a', 'b']) await b.shared.heartbeat(host, aliveMs);
      await holdNew(a, 'a', ['s1', 's2']);
      await holdNew(b, 'b', ['s3']);
      await commitSandbox(a, { id: 'free', name: 'free' }, ...kinds.running);
      assert.deepEqual(await pageOf(b.shared), ['a 2', 'b 1', 'c 0']);
      assert.equal(
        (await a.shared.hosts('', 2)).living,
        3,
        'the number of living hosts is that of all pages',
      );
      assert.deepEqual(await pageOf(a.shared, '', 2), ['a 2', 'b 1']);
      assert.deepEqual(await pageOf(a.shared, 'b', 2), ['c 0']);
      await a.shared.leave('a');
      assert.deepEqual(await pageOf(b.shared), ['b 1', 'c 0'], 'a host that has left is not listed');
      await harness.passTime(aliveMs + 1);
      await b.shared.heartbeat('c', aliveMs);
      const { living, now, hosts } = await a.shared.hosts('', 1);
      assert.equal(living, 1);
      assert.deepEqual(
        hosts.map(({ name, held, aliveUntil }) => [name, held, aliveUntil > now]),
        [['b', 1, false]],
        'a host that ended without leaving is listed with what it held',
      );
      await harness.passTime(3_600_000 + aliveMs);
      await b.shared.heartbeat('c', aliveMs);
      assert.deepEqual(await pageOf(b.shared), ['c 0'], 'an hour later it is forgotten');
    },
  },
  {
    name: 'knows when each host began and sent its last heartbeat, by the time of the store',
    needs: ['another', 'passTime'],
    async run(harness) {
      const [a, b] = await harness.two();
      await a.shared.heartbeat('a', aliveMs);
      await harness.passTime(partMs);
      await b.shared.heartbeat('b', aliveMs);
      await harness.passTime(partMs);
      await a.shared.heartbeat('a', aliveMs);
      await harness.passTime(partMs);
      const right = Date.now;
      Date.now = () => right() + 86_400_000;
      try {
        const { now, hosts } = await b.shared.hosts('', 9);
        const ages = hosts.map((host) => ({
          name: host.name,
          begun: now - host.startedAt,
          beat: now - host.lastHeartbeatAt,
          left: host.aliveUntil - now,
        }));
        assert.deepEqual(
          ages.map(({ name }) => name),
          ['a', 'b'],
        );
        assertClose(ages[0]?.begun ?? 0, 3 * partMs, 'the start of a');
        assertClose(ages[0]?.beat ?? 0, partMs, 'the last heartbeat of a');
        assertClose(ages[0]?.left ?? 0, aliveMs - partMs, 'the end of a');
        assertClose(ages[1]?.begun ?? 0, 2 * partMs, 'the start of b');
        assertClose(ages[1]?.beat ?? 0, 2 * partMs, 'the last heartbeat of b');
      } finally {
        Date.now = right;
      }
    },
  },
  {
    name: 'lists what a host holds in pages, and since when',
    needs: ['another', 'passTime'],
    async run(harness) {
      const [a, b] = await harness.two();
      for (const host of ['a', 'b']) await a.shared.heartbeat(host, aliveMs);
      await holdNew(a, 'a', ['s3', 's1']);
      await holdNew(b, 'b', ['s2']);
      await commitSandbox(a, { id: 's4', name: 's4' }, ...kinds.running);
      await harness.passTime(partMs);
      await a.shared.hold('a', 's4');
      await a.shared.hold('a', 's1');
      const held = await b.shared.heldBy('a', '', 9);
      const { now } = await b.shared.hosts('', 9);
      assert.deepEqual(
        held?.map(({ sandboxId, namespace }) => [sandboxId, namespace]),
        [
          ['s1', 'of-a'],
          ['s3', 'of-a'],
          ['s4', 'default'],
        ],
      );
      assertClose(now - (held?.[0]?.heldSince ?? 0), partMs, 'the begin of a hold that went on');
      assertClose(now - (held?.[2]?.heldSince ?? 0), 0, 'the begin of a new hold');
      const idsOf = async (...page: Parameters<SharedStore['heldBy']>) =>
        (await b.shared.heldBy(...page))?.map(({ sandboxId }) => sandboxId);
      assert.deepEqual(await idsOf('a', '', 2), ['s1', 's3']);
      assert.deepEqual(await idsOf('a', 's3', 2), ['s4']);
      assert.deepEqual(await idsOf('a', 's4', 2), []);
      assert.equal(await idsOf('unknown', '', 9), undefined);
    },
  },
  {
    name: 'names the living holder of a sandbox, and since when',
    needs: ['another', 'passTime'],
    async run(harness) {
      const [a, b] = await harness.two();
      for (const host of ['a', 'b']) await a.shared.heartbeat(host, aliveMs);
      await holdNew(a, 'a', ['s1']);
      await commitSandbox(a, { id: 'free', name: 'free' }, ...kinds.running);
      await harness.passTime(partMs);
      const holder = await b.shared.holderOf('s1');
      const { now } = await b.shared.hosts('', 9);
      assert.equal(holder?.host, 'a');
      assertClose(now - (holder?.heldSince ?? 0), partMs, 'the begin of the hold');
      assert.equal(await b.shared.holderOf('free'), null);
      assert.equal(await b.shared.holderOf('unknown'), null);
      await harness.passTime(aliveMs);
      assert.equal(await b.shared.holderOf('s1'), null, 'its host is not alive');
      await b.shared.heartbeat('b', aliveMs);
      await b.shared.take('b', 9);
      const next = await a.shared.holderOf('s1');
      assert.equal(next?.host, 'b');
      const later = await b.shared.hosts('', 9);
      assertClose(later.now - (next?.heldSince ?? 0), 0, 'the begin of the hold that was taken over');
    },
  },
];
