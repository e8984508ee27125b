import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeBackup } from '../../../../src/cli/backup/backup.ts';
import { checkData } from '../../../../src/cli/check/check-data.ts';
import { createApi, createHost } from '../../../../src/server/index.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { fakeDriver } from '../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

let folder: string;
let data: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-backup-'));
  data = join(folder, 'data');
  out = join(folder, 'out.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const url = 'http://127.0.0.1:1';

async function startServer(at = data) {
  const clock = virtualClock();
  const host = await createHost({
    store: sqliteStore(join(at, 'sandboxes.db')),
    driver: fakeDriver(),
    clock,
  });
  await host.create({ namespace: 'default' });
  await clock.settle();
  return { host };
}

/** Serves a host until the function ends. */
async function served(
  host: Awaited<ReturnType<typeof startServer>>['host'],
  act: (url: string) => Promise<void>,
) {
  const api = createApi(host, {});
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const made = serve({ fetch: api, port: 0, hostname: '127.0.0.1' }, () => resolve(made));
  });
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    await host.close();
  }
}

describe('the command backup', () => {
  test('copies the database of a stopped server', async () => {
    const { host } = await startServer();
    await host.close();
    const text = await makeBackup({ data, out, url });
    expect(text).toMatch(/out\.db has \d+ bytes, and all changes up to 2 of the database [0-9a-f-]+\.\n$/);
    expect((await checkData(out)).problems).toEqual([]);
  });

  test('lets a running server make the backup', async () => {
    const { host } = await startServer();
    await served(host, async (at) => {
      expect(await makeBackup({ data, out, url: at })).toMatch(/all changes up to 2 of/);
    });
    expect((await checkData(out)).problems).toEqual([]);
  });

  test('does not back up the database of another server', async () => {
    const other = await startServer(join(folder, 'other'));
    await (await startServer()).host.close();
    const { host } = await startServer();
    await served(other.host, async (at) => {
      await expect(makeBackup({ data, out, url: at })).rejects.toThrow(/^409: This server uses the database/);
    });
    await host.close();
    expect(existsSync(out)).toBe(false);
  });

  test('says what is wrong with its arguments', async () => {
    await expect(makeBackup({ data, out, url })).rejects.toThrow(`${data} does not exist.`);
    const { host } = await startServer();
    await expect(makeBackup({ data, out: join(folder, 'out'), url })).rejects.toThrow(
      'Use a name that ends in .db.',
    );
    await expect(makeBackup({ data, out, url })).rejects.toThrow(
      'No server responds at http://127.0.0.1:1/backup',
    );
    await host.close();
    await makeBackup({ data, out, url });
    await expect(makeBackup({ data, out, url })).rejects.toThrow('already exists');
  });
});
