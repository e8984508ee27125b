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
import { runningSandbox, startConsole, startForTest } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();
const start = startForTest(later);

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
  const server = await start({ driver });
  const name = `${evil}\u202e${'w'.repeat(150)}`;
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
  const server = await start();
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
  const server = await start();
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
  const server = await start();
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

it('reports a sandbox that does not exist, requests it no more, and shows it once it exists', async () => {
  const server = await start();
  const { page } = await openConsole(chromium(), `${server.url}#/sandboxes/my-env`);
  later(() => page.context().close());
  await page.getByText('The sandbox my-env does not exist in this namespace.').waitFor();
  const requests = () => server.requests.filter((request) => request.startsWith('GET /sandboxes/my-env'));
  // Longer than the first retries of a client would take.
  const before = requests().length;
  await page.waitForTimeout(4_000);
  expect(requests()).toHaveLength(before);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => requests().length).toBeGreaterThan(before);
  await page.getByText('The sandbox my-env does not exist in this namespace.').waitFor();
  await runningSandbox(server.host, 'my-env');
  await untilConfirmed(page, 'running');
});

it('reports an unknown page, with a way back', async () => {
  const server = await start();
  const { page } = await openConsole(chromium(), `${server.url}#/nowhere`);
  later(() => page.context().close());
  await page.getByText('Page not found').waitFor();
  await page.getByRole('link', { name: 'All sandboxes' }).click();
  await page.getByText('No sandboxes yet').waitFor();
});

it.each(['console', 'console/'])('works below the path /%s', async (path) => {
  const server = await start({ below: '/console' });
  const { id } = await runningSandbox(server.host, 'my-env');
  const { page, errors } = await openConsole(chromium(), `${server.origin}/${path}#/sandboxes/${id}`);
  later(() => page.context().close());
  await untilConfirmed(page, 'running');
  // The style sheet hides the button that skips the navigation.
  expect(await page.evaluate("getComputedStyle(document.querySelector('.skip')).position")).toBe('absolute');
  await command(page, 'suspend').click();
  await untilConfirmed(page, 'suspended');
  await page.reload();
  await untilConfirmed(page, 'suspended');
  await page.getByRole('link', { name: 'All sandboxes' }).click();
  await page.getByText('Create sandbox').waitFor();
  // A browser may request files of the page before its first script has run.
  expect(errors.filter((error) => !/404|Refused to apply style/.test(error))).toEqual([]);
});

it.each([
  [['filesystem'], 'Contents: files'],
  [['memory', 'filesystem'], null],
] as const)('offers the snapshots that the platform can take: %j', async (snapshotTypes, only) => {
  const server = await start({ driver: { ...simulatedDriver(), snapshotTypes } });
  const { id } = await runningSandbox(server.host, 'my-env');
  const { page, errors } = await openConsole(chromium(), `${server.url}#/sandboxes/${id}`);
  later(() => page.context().close());
  await untilConfirmed(page, 'running');
  const choice = page.getByRole('radiogroup', { name: 'Snapshot contents' });
  if (only) await page.getByText(only).waitFor();
  else await choice.waitFor();
  expect(await choice.count()).toBe(only ? 0 : 1);
  await command(page, 'snapshot').click();
  await page.locator('[data-snapshot]', { hasText: 'Completed' }).waitFor();
  const { items } = await server.host.listSnapshots({ namespace: 'default', limit: 10 });
  expect(items.map(({ type }) => type)).toEqual([snapshotTypes[0]]);
  expect(errors).toEqual([]);
});

it('says on every empty page what to do', async () => {
  const server = await start();
  const { page } = await openConsole(chromium(), `${server.url}#/snapshots`);
  later(() => page.context().close());
  await page.getByText('Take one on the page of a running sandbox.').waitFor();
  await page.getByRole('link', { name: 'Show the sandboxes' }).click();
  await page.getByText('Create the first one here or from a shell:').waitFor();
  expect(await page.getByText('curl').textContent()).toContain(`${server.origin}/sandboxes`);

  const { id } = await runningSandbox(server.host, 'my-env');
  await page.getByLabel('Search by name or id').fill('other');
  await page.getByText('No active sandbox has “other” in its name or id.').waitFor();
  await page.getByRole('button', { name: 'Show all sandboxes' }).click();
  await page.getByRole('link', { name: 'my-env' }).click();
  await page.getByText('No snapshots yet. Take one with “Take snapshot” above.').waitFor();
  await server.host.send('default', id, { type: 'terminate' });
  await page.getByText('No snapshots. A terminated sandbox can take none.').waitFor();
});
