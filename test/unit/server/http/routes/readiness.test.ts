import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApi, createHost } from '../../../../../src/server/index.ts';
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts';
import { migrate } from '../../../../../src/server/store/sqlite/migrations/migrate.ts';
import { storeOn } from '../../../../../src/server/store/sqlite/store-on.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

test('/readyz fails with the reason while the database cannot be written, and recovers by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'readiness-'));
  const database = openDatabase(join(folder, 'sandboxes.db'));
  migrate(database);
  const clock = virtualClock();
  const host = await createHost({ store: storeOn(database), driver: fakeDriver(), clock });
  const api = createApi(host, { clock });
  const read = async (path: string) => {
    const response = await api(new Request(`http://127.0.0.1:8080${path}`));
    return [response.status, await response.text()] as const;
  };
  await clock.settle();
  expect(await read('/readyz')).toEqual([200, 'ok']);

  database.exec('PRAGMA query_only = 1');
  await clock.advance(6_000);
  expect(await read('/readyz')).toEqual([
    503,
    expect.stringMatching(/^The store cannot be written: .*readonly/),
  ]);
  expect(await read('/healthz')).toEqual([200, 'ok']);

  database.exec('PRAGMA query_only = 0');
  await clock.advance(6_000);
  expect(await read('/readyz')).toEqual([200, 'ok']);
  await host.close();
  rmSync(folder, { recursive: true });
});
