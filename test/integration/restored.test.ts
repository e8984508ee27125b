import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import {
  createDataDir,
  launchServer,
  type RunningServer,
  sleepersWith,
  startServer,
  uniqueSleep,
} from '../harness/integration/server-process.ts';

const run = promisify(execFile);
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Starts a server on a folder, which ends with the test. */
async function started(dataDir: string, ...args: string[]): Promise<RunningServer> {
  const server = await startServer({ dataDir, args });
  cleanUps.push(() => server.kill().catch(() => {}));
  return server;
}

/** Runs the command `orphans` against a server. Returns what it prints. */
async function orphans(url: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['dist/cli.js', 'orphans', '--url', url, ...args]);
  return stdout;
}

/** Creates a sandbox that sleeps, and waits until it runs. Returns its id. */
async function sleeping(url: string, name: string, entrypoint: readonly string[]): Promise<string> {
  const response = await fetch(`${url}/sandboxes`, {
    method: 'POST',
    body: JSON.stringify({ name, entrypoint }),
  });
  const { sandbox_id: id } = (await response.json()) as { readonly sandbox_id: string };
  await fetch(`${url}/sandboxes/${id}/wait?status=running&timeout=60`);
  return id;
}

async function statusOf(url: string, idOrName: string): Promise<string> {
  const response = await fetch(`${url}/sandboxes/${idOrName}`);
  return response.ok ? ((await response.json()) as { readonly status: string }).status : `${response.status}`;
}

/** Replaces the database of a folder by a backup. */
function replaceDatabase(dataDir: string, backup: string): void {
  const database = join(dataDir, 'sandboxes.db');
  for (const end of ['-wal', '-shm', '-journal']) rmSync(database + end, { force: true });
  copyFileSync(backup, database);
}

test('a server on a restored backup keeps what is newer, until an operator adopts, keeps or releases it', async () => {
  const dataDir = await createDataDir();
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  const backup = join(dataDir, 'backup.db');
  const sleeps = [uniqueSleep(), uniqueSleep(), uniqueSleep(), uniqueSleep()];
  const [old, adopted, kept, released] = sleeps.map(
    ({ marker }) =>
      () =>
        sleepersWith(marker).length,
  );
  cleanUps.push(() => {
    for (const { marker } of sleeps) for (const pid of sleepersWith(marker)) process.kill(pid, 'SIGKILL');
  });

  const first = await started(dataDir);
  const ids = [await sleeping(first.url, 'old', sleeps[0]?.entrypoint ?? [])];
  await run(process.execPath, ['dist/cli.js', 'backup', dataDir, backup, '--url', first.url]);
  for (const [index, { entrypoint }] of sleeps.entries())
    if (index > 0) ids.push(await sleeping(first.url, `new-${index}`, entrypoint));
  // The sandboxes outlive the server.
  await first.stop();
  replaceDatabase(dataDir, backup);

  const refused = launchServer({ dataDir });
  cleanUps.push(() => refused.kill().catch(() => {}));
  await expect(refused.listening).rejects.toThrow(/went back in time.*--restored/s);
  expect(sleeps.map(({ marker }) => sleepersWith(marker).length)).toEqual([1, 1, 1, 1]);

  const second = await started(dataDir, '--restored', '--orphans', 'release', '--orphan-grace', '0');
  expect(await (await fetch(`${second.url}/readyz`)).text()).toMatch(
    /^ok, in the mode for a restored database/,
  );
  expect(await statusOf(second.url, 'old')).toBe('running');
  const listed = await orphans(second.url);
  expect(listed).toMatch(/^3 on the platform without a record/);
  for (const id of ids.slice(1)) expect(listed).toContain(`${id}  running  undecided`);
  await orphans(second.url, '--adopt', `${ids[1]}=found`, '--namespace', 'default');
  await orphans(second.url, '--keep', String(ids[2]));
  await orphans(second.url, '--release', String(ids[3]));
  await expect.poll(() => released?.()).toBe(0);
  expect(await statusOf(second.url, 'found')).toBe('running');
  expect([old?.(), adopted?.(), kept?.()]).toEqual([1, 1, 1]);
  await second.stop();

  const third = await started(dataDir);
  expect(await orphans(third.url)).toContain(`${ids[2]}  running  keep`);
  await expect.poll(() => statusOf(third.url, 'found')).toBe('running');
  await fetch(`${third.url}/sandboxes/found`, { method: 'DELETE' });
  await expect.poll(() => adopted?.()).toBe(0);
  await orphans(third.url, '--release', String(ids[2]));
  await expect.poll(() => kept?.()).toBe(0);
  expect(await orphans(third.url)).toBe('Every sandbox on the platform has a record.\n');
  await third.stop();
  expect(existsSync(backup)).toBe(true);
}, 600_000);
