import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { simulatedDriver, simulatedPlatform } from '../../src/server/driver/simulated/index.ts';
import type { Driver } from '../../src/server/index.ts';
import { sharedMemoryStore } from '../../src/server/store/memory/shared-memory.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import { openConsole, untilConfirmed } from '../harness/browser/console-page.ts';
import { runningSandbox, startForTest } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();
const start = startForTest(later);

/** Other work may keep the machine busy. */
const patient = { timeout: 120_000 };

async function open(url: string) {
  const opened = await openConsole(chromium(), url);
  later(() => opened.page.context().close());
  return opened;
}

const rowOf = (page: Page) => page.locator('dt', { hasText: /^Host$/ });
const holderShown = (page: Page) => page.locator('dt:text-is("Host") + dd');

it('shows the host that holds a sandbox, on every one of several hosts', async () => {
  const store = sharedMemoryStore();
  const platform = simulatedPlatform();
  let endSuspend = () => {};
  const gate = new Promise<void>((done) => {
    endSuspend = done;
  });
  const startHost = (hostName: string) => {
    const driver = simulatedDriver({ platform, latencyMs: 40 });
    const suspend: Driver['suspend'] = async (job) => {
      await gate;
      return driver.suspend(job);
    };
    return start({ hostName, store: store.another(), driver: { ...driver, reach: 'everywhere', suspend } });
  };
  const [first, second] = [await startHost('web-1'), await startHost('web-2')];
  const { id } = await runningSandbox(first.host, 'my-env');
  const { page, errors } = await open(`${second.url}#/sandboxes/${id}`);
  await expect.poll(() => holderShown(page).textContent(), patient).toBe('None: no work in progress');
  await first.host.send('default', id, { type: 'suspend' });
  await expect.poll(() => holderShown(page).textContent(), patient).toMatch(/^web-1 for \d+(\.\d)? m?s$/);
  endSuspend();
  await untilConfirmed(page, 'suspended');
  await expect.poll(() => holderShown(page).textContent(), patient).toBe('None: no work in progress');
  expect(errors).toEqual([]);
});

it('shows no host of a server that has its store alone, and asks it once', async () => {
  const { host, url, requests } = await start();
  const { id } = await runningSandbox(host, 'my-env');
  const { page, errors } = await open(`${url}#/sandboxes/${id}`);
  const asked = () => requests.filter((request) => request.endsWith('/holder')).length;
  await expect.poll(asked, patient).toBe(1);
  await host.send('default', id, { type: 'suspend' });
  await untilConfirmed(page, 'suspended');
  await page.locator('dt', { hasText: /^Created$/ }).waitFor();
  expect(await rowOf(page).count()).toBe(0);
  expect(asked()).toBe(1);
  expect(errors).toEqual([]);
});
