import { simulatedDriver } from '../../../src/server/driver/simulated/index.ts';
import { createApi, createHost } from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';

/** SHA-256 of the token `in-the-page`, in hex. */
const sha256 = '53ab2e46d5a3cf4813ccb2d27261fd64c5d31f4feab675bb5c2bba922351c440';

/**
 * Runs a whole life through the HTTP API of a host in this page. Returns the statuses in order, and the HTTP status of
 * `/docs`.
 */
async function runLife(): Promise<string[]> {
  const host = await createHost({ store: memoryStore(), driver: simulatedDriver({ latencyMs: 1 }) });
  const api = createApi(host, { tokens: [{ sha256, namespace: 'page' }] });
  const call = (method: string, path: string, body?: object) =>
    api(
      new Request(`http://127.0.0.1${path}`, {
        method,
        headers: { authorization: 'Bearer in-the-page', 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const until = (status: 'running' | 'suspended' | 'terminated') =>
    host.waitFor('page', 'my-env', [status], { timeoutMs: 60_000 });

  const created = await call('POST', '/sandboxes', { name: 'my-env' });
  if (created.status !== 200) throw new Error(await created.text());
  await until('running');
  await call('POST', '/sandboxes/my-env/suspend');
  await until('suspended');
  await call('POST', '/sandboxes/my-env/resume');
  await until('running');
  const { sandbox_id: id } = (await created.json()) as { sandbox_id: string };
  await call('DELETE', '/sandboxes/my-env');
  const rows = await host.history('page', id);
  const docs = await call('GET', '/docs');
  await host.close();
  const statuses = rows.map(({ to }) => to).filter((to, index, all) => to !== all[index - 1]);
  return [...statuses, `docs ${docs.status}`];
}

Object.assign(globalThis, { runLife });
