import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../../../src/server/create-host.ts';
import { RuleError } from '../../../../../src/server/errors.ts';
import { BackupError } from '../../../../../src/server/store/errors.ts';
import { memoryStore } from '../../../../../src/server/store/memory.ts';
import { connectTo } from '../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

let folder: string;
let path: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  path = join(folder, 'sandboxes.db');
  out = join(folder, 'out.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function startHost(clock = virtualClock()) {
  return createHost({ store: sqliteStore(path), driver: fakeDriver(), clock });
}

async function fill(host: Awaited<ReturnType<typeof startHost>>, count: number): Promise<void> {
  const metadata = { text: 'x'.repeat(200) };
  await Promise.all(
    Array.from({ length: count }, () => host.create({ namespace: 'default', configuration: { metadata } })),
  );
}

const rowsOf = (file: string) => {
  const database = connectTo(file, { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM sandboxes').get()?.['n']);
  } finally {
    database.close();
  }
};

describe('a backup of a working host', () => {
  test('is one complete file that a host can open, with the identity and the sequence that it reports', async () => {
    const clock = virtualClock();
    const host = await startHost(clock);
    await fill(host, 20);
    await clock.settle();
    const made = await host.backup(out);
    expect(made).toEqual({
      path: out,
      bytes: statSync(out).size,
      identity: await host.identity(),
      sequence: await host.position(),
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await host.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual(['out.db']);
    const store = sqliteStore(out);
    expect((await store.list({ namespace: 'default', limit: 100 })).items).toHaveLength(20);
    expect((await store.identity?.read())?.id).toBe(made.identity);
    await store.close();
  });

  test('has every change that was answered before it began, while commands go on', async () => {
    const host = await startHost();
    await fill(host, 500);
    let created = 500;
    let isDone = false;
    const backing = host.backup(out).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await fill(host, 5);
      created += 5;
    }
    await backing;
    await host.close();
    const rows = rowsOf(out);
    expect(rows).toBeGreaterThanOrEqual(500);
    expect(rows).toBeLessThanOrEqual(created);
    expect(rowsOf(path)).toBe(created);
  });

  test('replaces no file, and says what is wrong with a path', async () => {
    const host = await startHost();
    await fill(host, 1);
    writeFileSync(out, 'mine');
    await expect(host.backup(out)).rejects.toThrow(
      new BackupError(`${out} already exists, and a backup replaces no file; choose another name.`),
    );
    const missing = join(folder, 'missing', 'out.db');
    await expect(host.backup(missing)).rejects.toThrow(
      `Cannot write the backup ${missing}: the folder ${join(folder, 'missing')} does not exist.`,
    );
    expect(statSync(out).size).toBe(4);
    await host.close();
  });

  test('is the only one at a time, and ends with the store without a file', async () => {
    const host = await startHost();
    await fill(host, 3000);
    await host.close();
    const store = sqliteStore(path);
    const first = store.backup?.(out);
    await expect(store.backup?.(join(folder, 'second.db'))).rejects.toThrow(
      'A backup is already in progress',
    );
    const failure = expect(first).rejects.toThrow(
      `The server stopped before the backup ${out} was complete.`,
    );
    await store.close();
    await failure;
    expect(readdirSync(folder).filter((name) => !name.startsWith('sandboxes.db'))).toEqual([]);
    await sqliteStore(path).close();
  });
});

test('a host with a store in memory has nothing to back up', async () => {
  const host = await createHost({ store: memoryStore(), driver: fakeDriver(), clock: virtualClock() });
  await expect(host.backup(out)).rejects.toThrow(RuleError);
  expect(existsSync(out)).toBe(false);
  expect(await host.identity()).toBeNull();
  await host.close();
});
