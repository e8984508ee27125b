import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { DriverError } from '../../src/server/index.ts';
import { type Chromium, launchChromium } from '../harness/browser/chromium.ts';
import {
  command,
  events,
  isTooWide,
  openConsole,
  untilConfirmed,
  untilDialog,
  untilLoaded,
  violations,
} from '../harness/browser/console-page.ts';
import { type ConsoleServer, startConsole } from '../harness/browser/console-server.ts';
import { isDeep } from '../harness/shared/scale.ts';

let chromium: Chromium;
let server: ConsoleServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  chromium = await launchChromium();
  const failure = new DriverError('The disk is full.', { retryable: false });
  const driver = simulatedDriver();
  server = await startConsole({
    driver: {
      ...driver,
      suspend: (job) => (job.sandboxId === ids['full'] ? Promise.reject(failure) : driver.suspend(job)),
    },
  });
  const { host } = server;
  for (const name of ['running', 'full', 'asleep', 'ended', null]) {
    const { sandbox } = await host.create({ namespace: 'default', name, timeoutSeconds: 300 });
    ids[name ?? 'ephemeral'] = sandbox.id;
    await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  }
  await host.send('default', 'running', { type: 'snapshot' });
  await host.waitFor('default', 'running', ['running'], { timeoutMs: 120_000 });
  await host.send('default', 'asleep', { type: 'suspend' });
  await host.waitFor('default', 'asleep', ['suspended'], { timeoutMs: 120_000 });
  await host.send('default', 'ended', { type: 'terminate' });
});
afterAll(async () => {
  await chromium?.close();
  await server?.close();
});

const path = (name: string) => `#/sandboxes/${ids[name]}`;

/** Each appearance and each width once; in a deep run, each with each. */
const screens = isDeep
  ? (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 360].map((width) => ({ colorScheme, width })),
    )
  : ([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const);

describe('the console', () => {
  it.each(screens)('is accessible in $colorScheme at $width px', async ({ colorScheme, width }) => {
    const options = { colorScheme, viewport: { width, height: 800 } };
    const { page, errors } = await openConsole(chromium, server.url, options);
    const found: string[] = [];
    /** Checks the page once its animations have ended. */
    async function check(what: string): Promise<void> {
      await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
      found.push(...(await violations(page)).map((violation) => `${what}: ${violation}`));
      if (await isTooWide(page)) found.push(`${what}: wider than the window`);
    }

    await page.getByRole('link', { name: 'asleep' }).waitFor();
    await check('list');
    await page.getByRole('button', { name: 'Create sandbox' }).first().click();
    await untilDialog(page);
    await page.getByText('Named', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('running');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('is taken by another sandbox').waitFor();
    await check('create, refused');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Dark appearance' }).waitFor();
    await check('menu');
    await page.keyboard.press('Escape');

    for (const name of ['running', 'asleep', 'ended', 'ephemeral']) {
      await go(page, path(name));
      await untilLoaded(page, name === 'ephemeral' ? (ids[name] ?? '') : name);
      await page.locator('.chart .active').waitFor();
      await events(page).first().waitFor();
      await check(name);
    }
    await go(page, path('full'));
    await untilLoaded(page, 'full');
    await untilConfirmed(page, 'running');
    await command(page, 'suspend').click();
    await page.locator('.notice').waitFor();
    await check('notice');
    await command(page, 'terminate').click();
    await page.getByRole('button', { name: 'Terminate permanently' }).waitFor();
    await check('terminate');
    await page.keyboard.press('Escape');
    await go(page, '#/snapshots');
    await page.getByRole('heading', { level: 1, name: 'Snapshots' }).waitFor();
    await page.locator('[data-snapshot]').waitFor();
    await check('snapshots');
    expect(found).toEqual([]);
    expect(errors.filter((error) => !error.includes('409'))).toEqual([]);
    await page.context().close();
  });
});

async function go(page: Page, hash: string): Promise<void> {
  await page.goto(server.url + hash);
}
