import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { simulatedDriver, simulatedPlatform } from '../../src/server/driver/simulated/index.ts';
import { DriverError } from '../../src/server/index.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import {
  command,
  isTooWide,
  openConsole,
  status,
  untilConfirmed,
  untilLoaded,
} from '../harness/browser/console-page.ts';
import { runningSandbox, startConsole } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();

it('survives a restart of the server, and sends a command from the meantime once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  later(() => rmSync(folder, { recursive: true }));
  const platform = simulatedPlatform();
  const run = (port?: number) =>
    startConsole({
      store: sqliteStore(join(folder, 'sandboxes.db')),
      driver: simulatedDriver({ platform, latencyMs: 40 }),
      ...(port !== undefined && { port }),
    });
  const first = await run();
  const sandbox = await runningSandbox(first.host, 'my-env');
  const { page } = await openConsole(chromium(), `${first.url}#/sandboxes/${sandbox.id}`);
  later(() => page.context().close());
  await untilConfirmed(page, 'running');

  await first.close();
  const connection = page.locator('header [data-connection]');
  await expect.poll(() => connection.getAttribute('data-connection')).toBe('offline');
  expect(await status(page)).toBe('running');
  await page.getByRole('alert', { name: 'Cannot reach the server', exact: true }).waitFor();
  await command(page, 'suspend').click();
  await expect.poll(() => status(page)).toBe('suspending');

  const second = await run(first.port);
  later(() => second.close());
  await untilConfirmed(page, 'suspended');
  await expect.poll(() => connection.getAttribute('data-connection')).toBe('live');
  const history = await second.host.history('default', sandbox.id);
  expect(history.filter(({ event }) => event.type === 'suspend')).toHaveLength(1);
  expect(await page.locator('.notice').count()).toBe(0);
});

it('keeps pending commands over a reload of the page', async () => {
  let release = () => {};
  let attempts = 0;
  const server = await startConsole({
    async before({ url }) {
      // The first request never gets a response.
      if (url.endsWith('/suspend') && attempts++ === 0) {
        await new Promise<void>((done) => {
          release = done;
        });
      }
    },
  });
  later(() => server.close());
  later(() => release());
  const sandbox = await runningSandbox(server.host, 'my-env');
  const { page } = await openConsole(chromium(), `${server.url}#/sandboxes/${sandbox.id}`);
  later(() => page.context().close());
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').click();
  await expect.poll(() => status(page)).toBe('suspending');
  // The page shows the prediction before the request reaches the server.
  await expect.poll(() => attempts).toBe(1);
  await page.reload();
  await expect.poll(() => status(page)).toMatch(/^suspend/);
  await untilConfirmed(page, 'suspended');
  release();
  const history = await server.host.history('default', sandbox.id);
  expect(history.filter(({ event }) => event.type === 'suspend')).toHaveLength(1);
});

const evil = '<img src=x onerror="globalThis.isHacked = true"><script>globalThis.isHacked = true</script>';

it('shows hostile names, commands and reasons as text', async () => {
  const driver = {
    ...simulatedDriver(),
    boot: () => Promise.reject(new DriverError(`${evil} ${'a'.repeat(500)}`, { retryable: false })),
  };
  const server = await startConsole({ driver });
  later(() => server.close());
  const name = `${evil}\u202e${'w'.repeat(300)}`;
  const { sandbox } = await server.host.create({
    namespace: 'default',
    name,
    configuration: { image: evil, entrypoint: ['sh', '-c', evil] },
  });
  await server.host.waitFor('default', sandbox.id, ['terminated'], { timeoutMs: 120_000 });
  const { page, errors } = await openConsole(chromium(), server.url, {
    viewport: { width: 360, height: 800 },
  });
  later(() => page.context().close());
  await page.getByLabel('Filter by status').selectOption('terminated');
  const link = page.getByRole('link', { name: '<img' });
  await expect.poll(() => link.textContent()).toBe(name);
  expect(await isTooWide(page)).toBe(false);
  await link.click();
  await expect.poll(() => status(page)).toBe('terminated');
  await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe(name);
  await untilLoaded(page, name);
  await page.locator('dd', { hasText: `sh -c ${evil}` }).waitFor();
  await page.getByText(`The sandbox failed to start. ${evil}`).waitFor();
  expect(await isTooWide(page)).toBe(false);
  expect(await page.locator('img, #root script').count()).toBe(0);
  expect(await page.evaluate('"isHacked" in globalThis')).toBe(false);
  expect(errors).toEqual([]);
});

it('runs only its own script, and blocks an inserted script of the same server', async () => {
  const server = await startConsole();
  later(() => server.close());
  const { page } = await openConsole(chromium(), server.url);
  later(() => page.context().close());
  await page.waitForSelector('text=No sandboxes yet');
  await page.evaluate(`(async () => {
    globalThis.blocked = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const add = (name, content) => document.body.append(Object.assign(document.createElement(name), content));
    add('script', { src: './openapi.json' });
    add('script', { textContent: 'globalThis.isHacked = true' });
    add('style', { textContent: 'body { display: none }' });
    await fetch('https://example.com').catch(() => undefined);
  })()`);
  await expect
    .poll(() => page.evaluate('blocked.sort()'))
    .toEqual(['connect-src', 'script-src-elem', 'script-src-elem', 'style-src-elem']);
  expect(await page.evaluate('"isHacked" in globalThis')).toBe(false);
  expect(await page.locator('body').isVisible()).toBe(true);
});

it('shows a status of a newer server, and can still terminate the sandbox', async () => {
  const server = await startConsole();
  later(() => server.close());
  const sandbox = await runningSandbox(server.host, 'my-env');
  const { page } = await openConsole(chromium(), server.url);
  later(() => page.context().close());
  // A slow response may still be on its way when the test ends.
  later(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
  await page.route(/sandboxes/, async (route) => {
    if (route.request().url().endsWith('/events')) return route.abort();
    if (route.request().method() !== 'GET') return route.fallback();
    const response = await route.fetch();
    const body = (await response.text()).replaceAll('"status":"running"', '"status":"frozen"');
    await route.fulfill({ response, body });
  });
  await page.goto(`${server.url}#/sandboxes/${sandbox.id}`);
  await page.reload();
  await untilConfirmed(page, 'frozen');
  await expect.poll(() => command(page, 'suspend').getAttribute('aria-disabled')).toBe('true');
  await page.getByText('Unknown status "frozen"').first().waitFor();
  await command(page, 'terminate').click();
  await page.getByRole('button', { name: 'Terminate permanently' }).click();
  await untilConfirmed(page, 'terminated');
});

it('works in many windows at once, which share the few connections of a browser', async () => {
  const server = await startConsole();
  later(() => server.close());
  const sandbox = await runningSandbox(server.host, 'my-env');
  const { page } = await openConsole(chromium(), server.url);
  const context = page.context();
  later(() => context.close());
  const pages = await Promise.all(Array.from({ length: 5 }, () => context.newPage()));
  for (const one of pages) {
    await one.goto(`${server.url}#/sandboxes/${sandbox.id}`);
    await untilConfirmed(one, 'running');
  }
  const last = pages.at(-1) ?? page;
  await command(last, 'suspend').click();
  for (const one of pages) await untilConfirmed(one, 'suspended');
});

it('reports an unknown sandbox and an unknown page', async () => {
  const server = await startConsole();
  later(() => server.close());
  const { page } = await openConsole(chromium(), `${server.url}#/sandboxes/nothing`);
  later(() => page.context().close());
  await page.getByText('Sandbox not found').waitFor();
  await page.goto(`${server.url}#/nowhere`);
  await page.getByText('Page not found').waitFor();
  await page.getByRole('link', { name: 'All sandboxes' }).click();
  await page.getByText('No sandboxes yet').waitFor();
});
