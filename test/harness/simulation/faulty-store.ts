import type { StoreRetention } from '../../../src/server/store/retention.ts';
import type { Commit, Store } from '../../../src/server/store/store.ts';
import { type Life, never } from './life.ts';
import type { World } from './world.ts';

/** The store as a host sees it: slow, busy or full, and with crash points before and after each call. */
export function faultyStore(world: World, life: Life): Store {
  const { disk, random, profile, counters, trace, clock } = world;

  /** Waits for a drawn time. At least half of the calls do not wait at all. */
  async function delay(): Promise<void> {
    const most = world.isQuiet ? Math.min(profile.storeLatencyMs, 10) : profile.storeLatencyMs;
    if (most === 0 || random.chance(0.5)) return;
    const milliseconds = random.between(0, most);
    await new Promise<void>((resolve) => void clock.wake(milliseconds, resolve));
  }

  function mayFail(name: string, share: number): void {
    if (world.isQuiet || !random.chance(share)) return;
    counters.count('fault store busy');
    trace.add(`  store.${name}: busy`);
    throw new Error('The store is busy (simulated).');
  }

  async function call<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (world.point(life, `before store.${name}`)) return never();
    await delay();
    if (life.isOver()) return never();
    mayFail(name, profile.storeBusy);
    const result = await work();
    if (world.point(life, `after store.${name}`)) return never();
    await delay();
    return life.isOver() ? never() : result;
  }

  async function commit(pending: Commit): Promise<{ sequence: number | null }> {
    if (world.point(life, 'before store.commit')) return never();
    const offEnd = life.onEnd(() => landAfterCrash(pending));
    await delay();
    if (life.isOver()) return never();
    offEnd();
    mayFail('commit', profile.storeBusy);
    if (isFull()) {
      counters.count('fault store full');
      throw new Error('The disk is full (simulated).');
    }
    const result = await disk.commit(pending);
    if (world.point(life, 'after store.commit')) return never();
    if (!world.isQuiet && random.chance(profile.storeResponseLost)) {
      counters.count('fault store response lost');
      trace.add('  store.commit: done, response lost');
      throw new Error('The response of the store was lost (simulated).');
    }
    await delay();
    return life.isOver() ? never() : result;
  }

  /** Draws whether a commit that was in flight at a crash still reaches the disk, and when. */
  function landAfterCrash(pending: Commit): void {
    const drawn = random.next();
    if (drawn >= profile.landings + profile.stragglers) return;
    const isLate = drawn >= profile.landings;
    const land = () => {
      counters.count(`fault commit lands ${isLate ? 'after' : 'at'} the crash of its host`);
      trace.add('  store.commit of a crashed host lands');
      disk.commit(pending).catch((error: unknown) => trace.add(`  and is rejected: ${String(error)}`));
    };
    if (isLate) clock.wake(random.between(1, 10_000), land);
    else land();
  }

  function faultyRetention(retention: StoreRetention): StoreRetention {
    return {
      archive: (...query) => call('archive', () => retention.archive(...query)),
      archivedAt: (id) => call('archivedAt', () => retention.archivedAt(id)),
      listArchived: (query) => call('listArchived', () => retention.listArchived(query)),
      deleteArchived: (before, limit) =>
        call('deleteArchived', () => retention.deleteArchived(before, limit)),
      cutHistory: (id, kept, limit) => call('cutHistory', () => retention.cutHistory(id, kept, limit)),
      lastDeleted: (namespace) => call('lastDeleted', () => retention.lastDeleted(namespace)),
      expiredSnapshots: (before, limit) =>
        call('expiredSnapshots', () => retention.expiredSnapshots(before, limit)),
      surplusSnapshots: (kept, after, limit) =>
        call('surplusSnapshots', () => retention.surplusSnapshots(kept, after, limit)),
    };
  }

  function isFull(): boolean {
    const full = profile.storeFull;
    if (full === null || world.isQuiet) return false;
    const now = clock.elapsed();
    return now >= full.fromMs && now < full.fromMs + full.forMs;
  }

  return {
    recordHeartbeat: (at) => call('recordHeartbeat', () => disk.recordHeartbeat(at)),
    lastHeartbeat: () => call('lastHeartbeat', () => disk.lastHeartbeat()),
    commit,
    get: (id) => call('get', () => disk.get(id)),
    getByName: (namespace, name) => call('getByName', () => disk.getByName(namespace, name)),
    list: (query) => call('list', () => disk.list(query)),
    due: (at, limit, query) => call('due', () => disk.due(at, limit, query)),
    nextTimeoutAt: (query) => call('nextTimeoutAt', () => disk.nextTimeoutAt(query)),
    unsettled: (afterId, limit) => call('unsettled', () => disk.unsettled(afterId, limit)),
    living: (afterId, limit) => call('living', () => disk.living(afterId, limit)),
    livingStates: (afterId, limit) => call('livingStates', () => disk.livingStates(afterId, limit)),
    history: (query) => call('history', () => disk.history(query)),
    lastSequence: () => call('lastSequence', () => disk.lastSequence()),
    response: (namespace, key) => call('response', () => disk.response(namespace, key)),
    forgetResponses: (before, limit) => call('forgetResponses', () => disk.forgetResponses(before, limit)),
    broken: (afterId, limit) => call('broken', () => disk.broken(afterId, limit)),
    getSnapshot: (id, options) => call('getSnapshot', () => disk.getSnapshot(id, options)),
    listSnapshots: (query) => call('listSnapshots', () => disk.listSnapshots(query)),
    isBeingRestored: (id) => call('isBeingRestored', () => disk.isBeingRestored(id)),
    removableSnapshots: (afterId, limit) =>
      call('removableSnapshots', () => disk.removableSnapshots(afterId, limit)),
    snapshotRemoved: (id) => call('snapshotRemoved', () => disk.snapshotRemoved(id)),
    forgetSnapshots: (before, limit) => call('forgetSnapshots', () => disk.forgetSnapshots(before, limit)),
    ...(disk.usage && { usage: disk.usage }),
    ...(disk.orphans && { orphans: disk.orphans }),
    ...(profile.retention && disk.retention && { retention: faultyRetention(disk.retention) }),
    stats: () => call('stats', () => disk.stats?.() ?? Promise.reject(new Error('No numbers.'))),
    close: async () => trace.add('  store.close'),
  };
}
