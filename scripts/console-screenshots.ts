import { simulatedDriver } from '../src/server/driver/simulated/index.ts';
import { DriverError } from '../src/server/index.ts';
import { launchChromium } from '../test/harness/browser/chromium.ts';
import { command, pill, untilConfirmed, untilDialog } from '../test/harness/browser/console-page.ts';
import { startConsole } from '../test/harness/browser/console-server.ts';
import { shoot } from './shoot.ts';

// Takes the screenshots of docs/console.md and the README: the built console in a real browser with a real server.

const failure = new DriverError('The disk is full: the memory image does not fit.', { retryable: false });
const platform = simulatedDriver({ latencyMs: [300, 900] });
const limits = { timeoutSeconds: 3600, idleTimeoutSeconds: 900, suspendedTimeoutSeconds: 604_800 };
const full = new Set<string>();
let isHeld = false;
let letGo = () => {};

const server = await startConsole({
  driver: {
    ...platform,
    suspend: (job) => (full.has(job.sandboxId) ? Promise.reject(failure) : platform.suspend(job)),
  },
  async before({ url }) {
    if (isHeld && url.endsWith('/suspend'))
      await new Promise<void>((done) => {
        letGo = done;
      });
  },
});
const { host, url } = server;
const { browser, close } = await launchChromium();
const pageOf = (id: string) => `${url}#/sandboxes/${id}`;

try {
  await fill();
  await shoot(browser, 'console-list', url, { viewport: { width: 1280, height: 620 } }, (page) =>
    page.getByRole('link', { name: 'web-preview' }).waitFor(),
  );
  const mine = await idOf('agent-workspace');
  isHeld = true;
  await shoot(browser, 'console-predicted', pageOf(mine), {}, async (page) => {
    await untilConfirmed(page, 'running');
    await command(page, 'suspend').click();
    await pill(page).locator('.predicted-mark').waitFor();
  });
  letGo();
  isHeld = false;
  await host.waitFor('default', mine, ['suspended'], { timeoutMs: 10_000 });
  await shoot(browser, 'console-dark', pageOf(mine), { colorScheme: 'dark' }, (page) =>
    untilConfirmed(page, 'suspended'),
  );
  const limited = pageOf(await idOf('web-preview'));
  await shoot(
    browser,
    'console-limits',
    limited,
    { viewport: { width: 1280, height: 620 } },
    async (page) => {
      await untilConfirmed(page, 'running');
      await command(page, 'setTimeouts').click();
      await untilDialog(page);
    },
  );
  const other = await idOf('nightly-tests');
  full.add(other);
  await shoot(browser, 'console-failed', pageOf(other), {}, async (page) => {
    await untilConfirmed(page, 'running');
    await command(page, 'suspend').click();
    await page.locator('.notice').waitFor();
  });
  const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
  await shoot(browser, 'console-phone', pageOf(other), phone, (page) => untilConfirmed(page, 'running'));
} finally {
  await close();
  await server.close();
}

/** Creates sandboxes in all states, with a history. */
async function fill(): Promise<void> {
  const until = (name: string, status: 'running' | 'suspended') =>
    host.waitFor('default', name, [status], { timeoutMs: 10_000 });
  for (const name of ['agent-workspace', 'nightly-tests', 'web-preview', 'data-import'])
    await host.create({ namespace: 'default', name, ...limits });
  for (const name of ['agent-workspace', 'nightly-tests', 'web-preview', 'data-import'])
    await until(name, 'running');
  await host.send('default', 'agent-workspace', { type: 'snapshot' }, { actor: 'ada' });
  await host.send('default', 'data-import', { type: 'suspend' }, { actor: 'ada' });
  await until('data-import', 'suspended');
  await until('agent-workspace', 'running');
  await host.create({ namespace: 'default', timeoutSeconds: 600 });
  await host.send('default', 'web-preview', { type: 'snapshot' });
}

async function idOf(name: string): Promise<string> {
  return (await host.get('default', name)).sandbox.id;
}
