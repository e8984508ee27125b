import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { buildInspectorPage } from '../../scripts/inspector-page.ts';
import { attach } from '../../src/cli/inspect/inspect.ts';
import { fillPage } from '../../src/pages/fill-page.ts';
import { withInspector } from '../../src/pages/inspector-route.ts';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { createApi, createHost, type Host, type Token } from '../../src/server/index.ts';
import { memoryStore } from '../../src/server/store/memory.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';

const { chromium, later } = chromiumForTests();
let html: string;

beforeAll(async () => {
  html = await buildInspectorPage();
});

/** Starts a server with the inspector beside its API, and a simulated platform. */
async function startServer(tokens?: readonly Token[]): Promise<{ host: Host; url: string }> {
  const host = await createHost({ store: memoryStore(), driver: simulatedDriver() });
  const api = createApi(host, { tokens });
  const fetch = withInspector(api, () => fillPage(html, { server: './' }));
  const server = await new Promise<Server>((done) => {
    const started = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => done(started as Server));
  });
  later(async () => {
    api.close();
    server.close();
    (server as Server).closeAllConnections();
    await host.close();
  });
  return { host, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function open(url: string): Promise<Page> {
  const page = await chromium().browser.newPage();
  later(() => page.close());
  await page.goto(url);
  return page;
}

const active = (page: Page) => page.locator('.state.active').getAttribute('data-state', { timeout: 120_000 });
const create = (host: Host, name: string | null) => host.create({ namespace: 'default', name });

it('shows the sandboxes of a running server, with their history and live', async () => {
  const { host, url } = await startServer();
  const { sandbox } = await create(host, 'my-env');
  const old = await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  expect(old.outcome).toBe('reached');

  const page = await open(`${url}/inspect`);
  await page.waitForSelector('text=Live from the server');
  await expect.poll(() => active(page)).toBe('running');
  const shown = () => page.locator('.log b').allTextContents();
  const history = async () => (await host.history('default', 'my-env')).map(({ event }) => event.type);
  expect(await history()).toContain('boot.completed');
  await expect.poll(shown).toEqual(await history());

  await host.send('default', 'my-env', { type: 'suspend' });
  await expect.poll(() => active(page)).toBe('suspended.idle');
  expect(await history()).toContain('suspend.completed');
  await expect.poll(shown).toEqual(await history());

  const other = await create(host, 'other');
  await page.waitForSelector(`#sandbox option[value="${other.sandbox.id}"]`, { state: 'attached' });
  await page.locator('#sandbox').selectOption(other.sandbox.id);
  await expect.poll(() => active(page)).toBe('running');
});

it('shows refused and stale events live, with the reason', async () => {
  const { host, url } = await startServer();
  const { sandbox } = await create(host, null);
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  const page = await open(`${url}/inspect`);
  await expect.poll(() => active(page)).toBe('running');
  await host.send('default', sandbox.id, { type: 'suspend' });
  await host.send('default', sandbox.id, { type: 'resume' });
  await host.send('default', sandbox.id, { type: 'terminate' });
  await expect.poll(() => active(page)).toBe('terminated');
  const shown = async () => {
    const lines = await page.locator('.log button').allInnerTexts();
    return lines.slice(-3).map((line) => line.split('\n').slice(1));
  };
  await expect.poll(shown).toEqual([
    [
      'suspend',
      'refused',
      'running',
      'Cannot suspend a running sandbox: it has no name, and only named sandboxes can be suspended; give it a name first.',
    ],
    ['resume', 'stale', 'running', 'Nothing to change: the sandbox is already in that state.'],
    ['terminate', 'applied', 'running → terminated'],
  ]);
});

it('opens the sandbox in the address, and keeps the address up to date', async () => {
  const { host, url } = await startServer();
  const ids: string[] = [];
  for (const name of ['ada', 'grace', 'edsger']) ids.push((await create(host, name)).sandbox.id);
  const page = await open(`${url}/inspect#sandbox=${ids[1]}`);
  const picked = () => page.locator('#sandbox').inputValue();
  const name = () => page.locator('#summary dd').first().textContent();
  await expect.poll(name).toBe('grace');
  await expect
    .poll(() => page.locator('#sandbox option').allTextContents())
    .toEqual([`grace · ${ids[1]}`, `ada · ${ids[0]}`, `edsger · ${ids[2]}`]);
  await expect.poll(picked).toBe(ids[1]);
  await page.keyboard.press('[');
  await expect.poll(name).toBe('edsger');
  await expect.poll(() => page.url()).toBe(`${url}/inspect#sandbox=${ids[2]}`);
  await page.goBack();
  await expect.poll(name).toBe('grace');
  await page.goto(`${url}/inspect#sandbox=${ids[0]}`);
  await expect.poll(name).toBe('ada');
  await page.goto(`${url}/inspect#sandbox=unknown`);
  await page.waitForSelector('text=No messages of unknown yet.');
  await page.locator('#sandbox').selectOption(ids[0] ?? '');
  await expect.poll(name).toBe('ada');
});

it.each([1280, 360])('fits into %d pixels in every view, with a long name', async (width) => {
  const { host, url } = await startServer();
  await create(host, 'other');
  const { sandbox } = await create(host, `a${'w'.repeat(150)}`);
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  const page = await open(`${url}/inspect#sandbox=${sandbox.id}`);
  await page.setViewportSize({ width, height: 740 });
  await expect.poll(() => active(page)).toBe('running');
  await page.locator('#sandbox').waitFor();
  for (const view of ['Events', 'Next', 'Record', 'Sequence', 'Latency']) {
    await page.getByRole('tab', { name: view }).click();
    expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBe(width);
    // A part that reaches beyond the window would be cut off.
    expect(
      await page.evaluate(`[...document.querySelectorAll('body :not(svg *)')]
      .filter((part) => part.getBoundingClientRect().right > innerWidth).map(({ tagName, id }) => tagName + id)`),
    ).toEqual([]);
  }
});

it('shows the token form when the server requires a token', async () => {
  const sha256 = createHash('sha256').update('sesame').digest('hex');
  const { host, url } = await startServer([{ sha256, namespace: 'default' }]);
  await create(host, 'my-env');
  const page = await open(`${url}/inspect`);
  await page.waitForSelector('text=Token required');
  await page.locator('#token input').fill('wrong');
  // The text was there before, so only the response shows that the server has rejected this token.
  const rejected = page.waitForResponse((response) => response.status() === 401);
  await page.keyboard.press('Enter');
  await rejected;
  await page.waitForSelector('text=Token required');
  await page.locator('#token input').fill('sesame');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Live from the server');
  await expect.poll(() => active(page)).toBe('running');
  await expect.poll(() => page.locator('#token').isVisible()).toBe(false);
});

it('connects to a server from the command line', async () => {
  const { host, url } = await startServer();
  await create(host, 'my-env');
  const problems: string[] = [];
  const page = (source: object) => fillPage(html, source);
  const attached = await attach(url, undefined, { page }, (sentence) => problems.push(sentence));
  later(() => attached.stop());
  const shown = await open(attached.url);
  await expect.poll(() => active(shown)).toBe('running');
  await host.send('default', 'my-env', { type: 'terminate' });
  await expect.poll(() => active(shown)).toBe('terminated');
  expect(problems).toEqual([`Attached to ${url}`]);
});
