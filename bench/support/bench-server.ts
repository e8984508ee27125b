import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '@hono/node-server';
import { createApi, createHost, type Driver, type Found, type Store } from '../../src/server/index.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';

// A server on the database of its one argument, on a platform that does all it is asked at once. It tells over the
// channel to its parent that it is ready, and at the end what it has seen.

const begun = performance.now();
const [path = ''] = process.argv.slice(2);
const latenesses: number[] = [];
let commits = 0;
let batches = 0;
const host = await createHost({
  store: counted(sqliteStore(path)),
  driver: instantDriver(),
  policy: { timeoutMeasures: 'idle' },
  observe(seen) {
    if (seen.type === 'timeout') latenesses.push(seen.latenessMs);
    if (seen.type === 'committed') commits++;
    if (seen.type === 'problem') console.error(seen.error);
  },
});
const delay = monitorEventLoopDelay({ resolution: 10 });
const server = serve({ fetch: createApi(host), hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  delay.enable();
  process.send?.({ port, startMs: performance.now() - begun });
});

process.on('message', async (message) => {
  if (message === 'memory') process.send?.({ residentBytes: process.memoryUsage().rss });
  if (message !== 'stop') return;
  const { rss } = process.memoryUsage();
  process.send?.({ latenesses, commits, batches, residentBytes: rss, longestBlockMs: delay.max / 1e6 });
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await host.close();
  process.disconnect();
});

/** Counts the transactions: commits that shared one are told of in the same turn of the event loop. */
function counted(store: Store): Store {
  let isOpen = false;
  return {
    ...store,
    async commit(step) {
      const committed = await store.commit(step);
      if (!isOpen) {
        isOpen = true;
        batches++;
        setImmediate(() => {
          isOpen = false;
        });
      }
      return committed;
    },
  };
}

/** What is asked for is true at once, and so is what the records say. */
function instantDriver(): Driver {
  const there = new Map<string, Found['state']>();
  const set = (state: Found['state']) => async (job: { sandboxId: string }) => {
    there.set(job.sandboxId, state);
  };
  return {
    boot: set('running'),
    resume: set('running'),
    suspend: set('paused'),
    snapshot: async () => ({}),
    release: async ({ sandboxId }) => void there.delete(sandboxId),
    deleteSnapshot: async () => {},
    inventory: async () => [...there].map(([sandboxId, state]) => ({ sandboxId, state })),
    async adopt(sandboxes) {
      for (const { sandboxId, incarnation } of sandboxes)
        there.set(sandboxId, incarnation === null ? 'paused' : 'running');
    },
    watch: () => () => {},
    close: async () => {},
  };
}
