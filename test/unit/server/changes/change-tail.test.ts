import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createChangeFeed } from '../../../../src/server/changes/change-feed.ts';
import { createRecentRows } from '../../../../src/server/changes/recent-rows.ts';
import { changeFrame } from '../../../../src/server/http/events/frames.ts';
import type { HistoryRow, Store } from '../../../../src/server/index.ts';
import { isMissing } from '../../../../src/server/store/history-items.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { commitSandbox } from '../../../../src/testing/store-conformance/fixtures.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

/** A store whose history a test writes, and a feed on it. Counts the reads. */
async function fixture() {
  const source = memoryStore();
  await commitSandbox(source, { id: 'a' });
  const [first] = await source.history({ after: 0, limit: 1 });
  const rows: HistoryRow[] = [];
  const counts = { reads: 0, fails: false };
  const clock = virtualClock();
  const store: Pick<Store, 'history' | 'lastSequence'> = {
    async history({ after, limit, sandboxId, namespace: of }) {
      counts.reads += 1;
      if (counts.fails) throw new Error('The disk is broken.');
      const matching = rows.filter(
        (row) =>
          row.sequence > after &&
          (of === undefined || row.namespace === of) &&
          (sandboxId === undefined || row.sandboxId === sandboxId),
      );
      return matching.slice(0, limit);
    },
    lastSequence: async () => rows.at(-1)?.sequence ?? 0,
  };
  const feed = createChangeFeed(store, clock);
  return { rows, counts, clock, feed, row: first as HistoryRow };
}

type Fixture = Awaited<ReturnType<typeof fixture>>;

/** Commits a row to the store. The test publishes it, or not. */
function commit({ rows, row }: Fixture, sandboxId: string, of = namespace, skip = 1): HistoryRow {
  const sequence = (rows.at(-1)?.sequence ?? 0) + skip;
  const version = rows.filter((other) => other.sandboxId === sandboxId).length + 1;
  const next = { ...row, sequence, sandboxId, namespace: of, version };
  rows.push(next);
  return next;
}

function collect({ feed }: Fixture, query: { sandboxId?: string; after?: number; of?: string } = {}) {
  const seen: number[] = [];
  const controller = new AbortController();
  const { of = namespace, ...rest } = query;
  const done = (async () => {
    for await (const { sequence } of feed.watch({ namespace: of, ...rest, signal: controller.signal }))
      seen.push(sequence);
  })();
  return { seen, done, stop: () => controller.abort() };
}

describe('the tail of the changes', () => {
  test('serves each event to all followers without a read of the store, and serialises it once', async () => {
    const on = await fixture();
    const watches = Array.from({ length: 1_000 }, (_, at) => collect(on, at % 2 ? {} : { sandboxId: 'a' }));
    await on.clock.settle();
    const before = on.counts.reads;
    const stringify = vi.spyOn(JSON, 'stringify');
    const row = commit(on, 'a');
    on.feed.publish(row);
    await on.clock.settle();
    expect(watches.every(({ seen }) => seen.length === 1)).toBe(true);
    expect(on.counts.reads - before).toBe(0);
    for (const _ of watches) changeFrame(row);
    changeFrame(row, 'a');
    expect(stringify).toHaveBeenCalledTimes(1);
    stringify.mockRestore();
    for (const { stop } of watches) stop();
    await Promise.all(watches.map(({ done }) => done));
  });

  test('polls the store once for all followers, and finds rows that were not published', async () => {
    const on = await fixture();
    const watches = Array.from({ length: 100 }, () => collect(on));
    await on.clock.settle();
    const before = on.counts.reads;
    commit(on, 'a');
    await on.clock.advance(5_000);
    expect(watches.every(({ seen }) => seen.length === 1)).toBe(true);
    expect(on.counts.reads - before).toBeLessThanOrEqual(2);
    for (const { stop } of watches) stop();
  });

  test('wakes only the followers of the sandbox and of its namespace', async () => {
    const on = await fixture();
    const other = on.feed.follow({ namespace, sandboxId: 'b' });
    const elsewhere = on.feed.follow({ namespace: 'elsewhere' });
    let woken = 0;
    for (const follower of [other, elsewhere]) {
      await follower.read();
      void follower.changed().then(() => {
        woken += 1;
      });
    }
    on.feed.publish(commit(on, 'a'));
    await on.clock.settle();
    expect(woken).toBe(0);
    on.feed.publish(commit(on, 'b'));
    await on.clock.settle();
    expect(woken).toBe(1);
  });

  test('ends a watch with the error of the store, when a gap cannot be read, and works again later', async () => {
    const on = await fixture();
    on.feed.publish(commit(on, 'a'));
    const watch = collect(on);
    await on.clock.settle();
    commit(on, 'a');
    on.counts.fails = true;
    on.feed.publish(commit(on, 'a'));
    await expect(watch.done).rejects.toThrow('The disk is broken.');
    on.counts.fails = false;
    const again = collect(on, { after: 1 });
    await on.clock.settle();
    on.feed.publish(commit(on, 'a'));
    await on.clock.settle();
    expect(again.seen).toEqual([2, 3, 4]);
    again.stop();
  });
});

/** A step of a random run: a commit that is published at once, later, or never, or a time that passes. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      sandbox: fc.nat(3),
      fate: fc.nat(9),
      skip: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('burst' as const), rows: fc.integer({ min: 200, max: 1_300 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('poll' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('watch' as const), sandbox: fc.nat(4), back: fc.nat(2_000) }),
  },
);

test('every watch yields each row after its position once, in order, whatever is published, late, twice or never', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const on = await fixture();
      const late: HistoryRow[] = [];
      const watches: { after: number; sandboxId: string | undefined; watch: ReturnType<typeof collect> }[] =
        [];
      const last = () => on.rows.at(-1)?.sequence ?? 0;
      for (const one of steps) {
        if (one.type === 'commit') {
          const row = commit(
            on,
            `s${one.sandbox}`,
            one.sandbox === 3 ? 'elsewhere' : namespace,
            one.skip + 1,
          );
          if (one.fate < 6) on.feed.publish(row);
          else if (one.fate < 9) late.push(row);
          if (one.fate === 0) on.feed.publish(row);
        } else if (one.type === 'burst') {
          for (let count = 0; count < one.rows; count++) on.feed.publish(commit(on, `s${count % 4}`));
        } else if (one.type === 'release') {
          for (const row of late.splice(0).reverse()) on.feed.publish(row);
        } else if (one.type === 'turn') await on.clock.settle();
        else if (one.type === 'poll') await on.clock.advance(5_000);
        else {
          const after = Math.max(0, last() - one.back);
          const sandboxId = one.sandbox < 3 ? `s${one.sandbox}` : undefined;
          watches.push({ after, sandboxId, watch: collect(on, { after, ...(sandboxId && { sandboxId }) }) });
        }
      }
      await on.clock.advance(10_000);
      for (const { after, sandboxId, watch } of watches) {
        const wanted = on.rows.filter(
          (row) =>
            row.sequence > after &&
            row.namespace === namespace &&
            (sandboxId ?? row.sandboxId) === row.sandboxId,
        );
        expect(watch.seen).toEqual(wanted.map(({ sequence }) => sequence));
        watch.stop();
      }
    }),
    { numRuns: 60 },
  );
});

describe('the recent rows', () => {
  test('are bounded by their number and their bytes, and say what they no longer cover', async () => {
    const { row } = await fixture();
    const recent = createRecentRows((item) => (isMissing(item) ? 0 : item.cause.length));
    for (let sequence = 1; sequence <= 5_500; sequence++) recent.push({ ...row, sequence });
    expect([recent.start(), recent.end(), recent.covers(500), recent.covers(499)]).toEqual([
      500,
      5_500,
      true,
      false,
    ]);
    const cause = 'x'.repeat(3 * 1024 * 1024);
    for (let sequence = 1_501; sequence <= 1_510; sequence++) recent.push({ ...row, sequence, cause });
    expect(recent.read(0, 99, () => true).rows.map(({ sequence }) => sequence)).toEqual([1_509, 1_510]);
  });
});

describe('a wait', () => {
  const on = hostFixture();

  test('does not miss a status that lasts for one commit, and reads the record from its row', async () => {
    const { id } = await on.running('ada');
    const get = vi.spyOn(on.store, 'get');
    const waits = Array.from({ length: 200 }, () =>
      on.host.waitFor(namespace, id, ['suspending'], { timeoutMs: 60_000 }),
    );
    await on.clock.settle();
    get.mockClear();
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    const ends = await Promise.all(waits);
    expect(new Set(ends.map(({ outcome, entry }) => `${outcome} ${entry.sandbox.status}`))).toEqual(
      new Set(['reached suspending']),
    );
    // The reads are those of the command and of its operation.
    expect(get.mock.calls.length).toBeLessThan(20);
  });
});
