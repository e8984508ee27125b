import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '@hono/node-server';
import { createApi, createHost, type Store } from '../../src/server/index.ts';
import { openStore } from './open-store.ts';
import { createPlatform } from './platform.ts';

// A server on the database of its argument, a path or the URL of PostgreSQL and a schema, with a platform that completes all operations at once. It sends two
// messages to its parent process: one when it is ready, and its measurements at the end. BENCH_TOKENS=3 lets in only requests
// with token-0 to token-2.

const startedAt = performance.now();
const [database = '', schema] = process.argv.slice(2);
const latenesses: number[] = [];
let commits = 0;
let batches = 0;
const host = await createHost({
  store: counted(await openStore(database, schema)),
  driver: createPlatform().driver('bench'),
  policy: { timeoutMeasures: 'idle' },
  quotas: { livingSandboxes: null, requestsPerSecond: null },
  observe(observation) {
    if (observation.type === 'timeout') latenesses.push(observation.latenessMs);
    if (observation.type === 'committed') commits++;
    if (observation.type === 'problem') console.error(observation.error);
  },
});
const delay = monitorEventLoopDelay({ resolution: 10 });
const tokens = Array.from({ length: Number(process.env['BENCH_TOKENS'] ?? 0) }, (_, n) => ({
  sha256: createHash('sha256').update(`token-${n}`).digest('hex'),
  namespace: 'default',
}));
const api = createApi(host, { tokens: tokens.length > 0 ? tokens : undefined });
const server = serve({ fetch: api, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  delay.enable();
  process.send?.({ port, startMs: performance.now() - startedAt });
});

process.on('message', async (message) => {
  if (message === 'memory') process.send?.({ residentBytes: process.memoryUsage().rss });
  if (message === 'cpu') process.send?.(process.cpuUsage());
  if (message !== 'stop') return;
  const { rss } = process.memoryUsage();
  process.send?.({ latenesses, commits, batches, residentBytes: rss, longestBlockMs: delay.max / 1e6 });
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await host.close();
  process.disconnect();
});

/** Counts the transactions. Commits that share one resolve in the same turn of the event loop. */
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
