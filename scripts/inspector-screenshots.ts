import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createActor } from 'xstate';
import { inspectLifecycle } from '../src/inspect/index.ts';
import { createRelay } from '../src/inspect/transports/relay.ts';
import { sandboxMachine } from '../src/machine/index.ts';
import { fillPage } from '../src/pages/fill-page.ts';
import { withInspector } from '../src/pages/inspector-route.ts';
import { simulatedDriver } from '../src/server/driver/simulated/index.ts';
import { createApi, createHost } from '../src/server/index.ts';
import { memoryStore } from '../src/server/store/memory.ts';
import { launchChromium } from '../test/harness/browser/chromium.ts';
import { recordedSession } from '../test/harness/inspect/recorded-session.ts';
import { buildInspectorPage } from './inspector-page.ts';
import { shoot } from './shoot.ts';

// Takes the screenshots of docs/inspector.md: the built page in a real browser.

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
const html = await buildInspectorPage();
const wide = { viewport: { width: 1360, height: 850 } };
const { browser, close } = await launchChromium();

try {
  await recorded();
  await offline();
  await liveServer();
} finally {
  await close();
  rmSync(folder, { recursive: true, force: true });
}

/** Takes a session from a file, in light and dark. */
async function recorded(): Promise<void> {
  const path = join(folder, 'session.html');
  writeFileSync(path, fillPage(html, { session: recordedSession().messages }));
  const url = `file://${path}`;
  await shoot(browser, 'inspector-recorded', url, wide, (page) =>
    page.locator('[data-kind=refused]').first().click(),
  );
  await shoot(browser, 'inspector-recorded-dark', url, { ...wide, colorScheme: 'dark' }, (page) =>
    page.click('#Sequence'),
  );
}

/** Takes an actor in this process, through a relay. */
async function offline(): Promise<void> {
  const relay = await createRelay({ page: (source) => fillPage(html, source) });
  const inspector = inspectLifecycle({ transport: relay });
  const at = Date.parse('2026-11-22T08:00:00Z');
  const input = { id: 's7jus08q', name: null, timeoutMs: 300_000, at };
  const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
  actor.send({ type: 'boot.completed', operation: 1, at: at + 1_400 });
  actor.send({ type: 'boot.completed', operation: 1, at: at + 1_900 });
  actor.send({ type: 'suspend', at: at + 9_000 });
  actor.send({ type: 'timeout', at: at + 10_000 });
  actor.send({ type: 'snapshot', snapshotId: 'before-upgrade', at: at + 20_000 });
  await shoot(browser, 'inspector-offline', relay.url, wide, async (page) => {
    await page.waitForSelector('.log button');
    await page.click('#Next');
  });
  relay.stop();
}

/** Takes a running server. */
async function liveServer(): Promise<void> {
  const host = await createHost({ store: memoryStore(), driver: simulatedDriver({ latencyMs: [300, 900] }) });
  const api = createApi(host);
  const fetch = withInspector(api, () => fillPage(html, { server: './' }));
  const server = await new Promise<Server>((done) => {
    const started = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => done(started as Server));
  });
  const until = (status: 'running' | 'suspended') =>
    host.waitFor('default', 'my-env', [status], { timeoutMs: 20_000 });
  await host.create({ namespace: 'default', name: 'my-env', timeoutSeconds: 300 });
  await until('running');
  await host.send('default', 'my-env', { type: 'suspend' });
  await until('suspended');
  await host.create({ namespace: 'default', name: 'other' });
  await host.send('default', 'my-env', { type: 'resume' });
  await until('running');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect`;
  await shoot(browser, 'inspector-live', url, wide, async (page) => {
    await page.waitForSelector('#picker:not([hidden])');
    const { sandbox } = await host.get('default', 'my-env');
    await page.selectOption('#sandbox', sandbox.id);
    await host.send('default', 'my-env', { type: 'snapshot' });
    await host.send('default', 'my-env', { type: 'suspend' });
    await page.waitForSelector('[data-kind=refused]');
  });
  api.close();
  server.close();
  (server as Server).closeAllConnections();
  await host.close();
}
