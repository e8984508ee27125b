import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApi, createHost, type Host } from '../../../../../src/server/index.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

let folder: string;
let host: Host;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backup-route-'));
  const store = sqliteStore(join(folder, 'data', 'sandboxes.db'));
  host = await createHost({ store, driver: fakeDriver(), clock: virtualClock() });
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

async function post(body: object, headers: Record<string, string> = {}) {
  const response = await createApi(
    host,
    {},
  )(
    new Request('http://127.0.0.1:8080/backup', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, text: await response.text() };
}

test('a program makes a backup', async () => {
  const path = join(folder, 'out.db');
  const { status, text } = await post({ path });
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ path, database: await host.identity(), sequence: 0 });
  expect(readdirSync(folder).sort()).toEqual(['data', 'out.db']);
});

test('web pages, other databases and unsuitable paths are refused, and nothing is written', async () => {
  const path = join(folder, 'out.db');
  expect(await post({ path }, { origin: 'http://127.0.0.1:8080' })).toMatchObject({ status: 403 });
  expect(await post({ path }, { 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 403 });
  expect(await post({ path, database: 'other' })).toMatchObject({ status: 409 });
  for (const wrong of ['out.db', '../out.db', join(folder, 'out'), `${path}\0.db`, 5, undefined])
    expect((await post({ path: wrong })).status, String(wrong)).toBeGreaterThanOrEqual(400);
  expect(await post({ path: join(folder, 'missing', 'out.db') })).toMatchObject({
    status: 400,
    text: expect.stringContaining('does not exist'),
  });
  expect(readdirSync(folder)).toEqual(['data']);
});
