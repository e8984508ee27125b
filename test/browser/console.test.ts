import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { DriverError } from '../../src/server/index.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import {
  command,
  events,
  openConsole,
  openIn,
  pill,
  status,
  untilConfirmed,
  untilDialog,
  untilPredicted,
} from '../harness/browser/console-page.ts';
import { runningSandbox, startForTest } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();

const start = startForTest(later);

async function open(url: string) {
  const opened = await openConsole(chromium(), url);
  later(() => opened.page.context().close());
  return opened;
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** Delays everything that a page requests, except the streams with the state. So the state arrives first. */
async function delayResponses({ method, url }: Request): Promise<void> {
  if (method === 'GET' && !url.endsWith('/events')) await delay(300);
}

it.each([
  ['fast', {}],
  ['slow', { before: delayResponses }],
])('takes a sandbox through its whole life with the mouse and %s responses', async (_, options) => {
  const { url, host, requests } = await start(options);
  const { page, errors } = await open(url);
  await page.waitForSelector('text=No sandboxes yet');
  await button(page, 'Create sandbox').first().click();
  await untilDialog(page);
  await page.getByText('Named', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('my-env');
  await page.getByRole('textbox', { name: 'Time limit' }).fill('300');
  await page.getByRole('textbox', { name: 'Command' }).fill('sleep\n600');
  await button(page, 'Create').click();

  await untilConfirmed(page, 'running');
  await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('my-env');
  await expect.poll(() => page.locator('.countdown').textContent()).toMatch(/^Suspends in [45]:\d\d, at /);
  await page.locator('dd', { hasText: 'sleep 600' }).waitFor();
  await expect.poll(() => page.locator('.chart .active').getAttribute('data-state')).toBe('running');

  // Without an idle limit, activity moves nothing.
  await page.locator('.action:has([data-command="keepalive"])').getByText('Has no effect').waitFor();

  // The sandbox runs before and after, so the snapshot shows that the command has ended.
  await command(page, 'snapshot').click();
  await page.locator('[data-snapshot]', { hasText: 'Completed' }).waitFor();
  await untilConfirmed(page, 'running');

  await command(page, 'suspend').click();
  await untilConfirmed(page, 'suspended');
  await expect.poll(() => page.locator('.countdown').count()).toBe(0);
  await expect.poll(() => page.locator('.chart .active').getAttribute('data-state')).toBe('suspended.idle');

  // A disabled button can be focused, and has the reason of the machine.
  const snapshot = command(page, 'snapshot');
  await expect.poll(() => snapshot.getAttribute('aria-disabled')).toBe('true');
  await snapshot.focus();
  const reason = page.locator(`[id="${await snapshot.getAttribute('aria-describedby')}"]`);
  const { sandbox } = await host.get('default', 'my-env');
  const why = host.why(sandbox, 'snapshot');
  await expect.poll(() => reason.textContent()).toBe(why?.message);
  await snapshot.click({ force: true });
  expect(await status(page)).toBe('suspended');

  await command(page, 'resume').click();
  await untilConfirmed(page, 'running');
  // Commands are sent in order, so the click on the disabled button has sent none.
  expect(requests.filter((request) => request.endsWith('/snapshot'))).toHaveLength(1);
  await command(page, 'rename').click();
  await untilDialog(page);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('other');
  await button(page, 'Rename').last().click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('other');
  await command(page, 'terminate').click();
  await button(page, 'Terminate permanently').click();
  await untilConfirmed(page, 'terminated');
  await page.getByText('The sandbox was terminated on request.').waitFor();
  await expect.poll(() => command(page, 'resume').getAttribute('aria-disabled')).toBe('true');
  const history = (await host.history('default', idOf(page))).map(({ event }) => event.type);
  await expect.poll(() => timelineEvents(page)).toEqual(history);

  // A snapshot outlives its sandbox.
  await button(page, /^Restore /).click();
  await button(page, 'Restore').click();
  await untilConfirmed(page, 'running');
  await page.getByText('Ephemeral: ends at its time limit').waitFor();
  expect(errors).toEqual([]);
});

/** The id in the address of a sandbox's page. */
const idOf = (page: Page) => decodeURIComponent(page.url().split('/').at(-1) ?? '');

/** The events of the timeline, oldest first. */
async function timelineEvents(page: Page): Promise<(string | null)[]> {
  const entries = await events(page).all();
  return Promise.all(entries.reverse().map((entry) => entry.getAttribute('data-event')));
}

it('changes the limits of a sandbox in a dialog, and shows why when it cannot', async () => {
  const { url, host, requests } = await start();
  const { id } = await runningSandbox(host, 'my-env');
  const { page, errors } = await open(`${url}#/sandboxes/${id}`);
  const limits = async () => (await host.get('default', id)).sandbox;
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });
  const submit = () => page.getByRole('dialog').getByRole('button', { name: 'Change limits' }).click();
  await untilConfirmed(page, 'running');

  await command(page, 'setTimeouts').click();
  await untilDialog(page);
  await field('Run limit').fill('600');
  await field('Idle limit').fill('60');
  await field('Suspended limit').fill('7200');
  await submit();
  await expect.poll(() => page.locator('.countdown').count()).toBe(2);
  expect(await page.locator('.countdown').allTextContents()).toEqual([
    expect.stringMatching(/^Suspends in (1:00|0:5\d), at .* \(idle limit\)$/),
    expect.stringMatching(/^Suspends in (10:00|9:5\d), at .* \(run limit\)$/),
  ]);
  await expect
    .poll(limits)
    .toMatchObject({ timeoutMs: 600_000, idleTimeoutMs: 60_000, suspendedTimeoutMs: 7_200_000 });
  await page.locator('[data-event="setTimeouts"]', { hasText: 'Limits changed' }).waitFor();

  // An invalid value shows a sentence, and is not sent.
  await command(page, 'setTimeouts').click();
  await untilDialog(page);
  await field('Idle limit').fill('0.5');
  await page.getByText('Enter a whole number of seconds, at least 1, or leave this empty.').waitFor();
  const sent = requests.filter((request) => request.startsWith('PATCH')).length;
  await submit();
  expect(await page.getByRole('dialog').count()).toBe(1);

  // An empty field removes the limit, and the others stay.
  await field('Idle limit').fill('');
  await submit();
  await expect.poll(limits).toMatchObject({ timeoutMs: 600_000, idleTimeoutMs: null, idleAt: null });
  await expect.poll(() => page.locator('.countdown').count()).toBe(1);
  expect(requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(sent + 1);

  await host.send('default', id, { type: 'terminate' });
  await untilConfirmed(page, 'terminated');
  const limiter = command(page, 'setTimeouts');
  await expect.poll(() => limiter.getAttribute('aria-disabled')).toBe('true');
  const reason = page.locator(`[id="${await limiter.getAttribute('aria-describedby')}"]`);
  await expect.poll(() => reason.textContent()).toMatch(/^Cannot .* terminated sandbox: /);
  await limiter.click({ force: true });
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(errors).toEqual([]);
});

it('takes a sandbox through its whole life with the keyboard', async () => {
  const { url } = await start();
  const { page, errors } = await open(url);
  await page.waitForSelector('text=No sandboxes yet');

  await go(page, 'Create sandbox');
  await page.keyboard.press('Enter');
  await go(page, 'Ephemeral');
  await page.keyboard.press('ArrowRight');
  await go(page, 'Name');
  await page.keyboard.type('my-env');
  await page.keyboard.press('Enter');
  await untilConfirmed(page, 'running');

  for (const [name, result] of [
    ['Suspend', 'suspended'],
    ['Resume', 'running'],
    ['Take snapshot', 'running'],
  ] as const) {
    await go(page, name);
    await page.keyboard.press('Enter');
    await untilConfirmed(page, result);
  }
  await go(page, 'Rename');
  await page.keyboard.press('Enter');
  await go(page, 'Name');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('other');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('other');

  // Closing a dialog returns the focus to its button.
  await go(page, 'Terminate');
  await page.keyboard.press('Enter');
  await button(page, 'Terminate permanently').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => focused(page)).toBe('Terminate');
  await page.keyboard.press('Enter');
  await go(page, 'Terminate permanently');
  await page.keyboard.press('Space');
  await untilConfirmed(page, 'terminated');
  expect(errors).toEqual([]);
});

it.each([true, false])(
  'keeps the focus in the page when a terminated row leaves the list, its dialog open or closed (timers stopped: %s)',
  async (isStopped) => {
    const { url, host } = await start();
    await runningSandbox(host, 'my-env');
    const { page, errors } = await open(url);
    await button(page, 'Terminate my-env').click();
    await button(page, 'Terminate permanently').waitFor();
    // A dialog that was closed returns the focus by a timer: the row may leave before.
    if (isStopped) await page.clock.install();
    await button(page, 'Terminate permanently').click();
    await page.getByText('No matching sandboxes').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('content');
    expect(errors).toEqual([]);
  },
);

/** A function of the page: the accessible name of an element. */
const nameOf = `((element) => {
  const text = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  return text.replace(/\\s*\\*$/, '').trim();
})`;

/** The accessible name of the focused element. */
const focused = (page: Page): Promise<string> => page.evaluate(`${nameOf}(document.activeElement)`);

/** The names of all elements that Tab may reach now. Empty while a dialog that opens or closes may still move the focus. */
const reachable = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const dialog = document.querySelector('[role=dialog]');
    if (dialog && !dialog.contains(document.activeElement)) return [];
    return [...(dialog ?? document).querySelectorAll('a, button, input, textarea')].map(${nameOf});
  })()`);

/** Waits for the element with this name, and presses Tab until the element has the focus. */
async function go(page: Page, name: string): Promise<void> {
  await expect.poll(() => reachable(page)).toContain(name);
  const seen: string[] = [];
  for (let presses = 0; presses < 80; presses++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
    seen.push(await focused(page));
    if (seen.at(-1) === name) return;
  }
  throw new Error(`Tab does not reach "${name}". It reaches: ${seen.join(', ')}`);
}

it('shows the same in two tabs, and sends a command once', async () => {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const { url, host, requests } = await start({
    before: async (request) => {
      if (request.url.endsWith('/suspend')) await released;
    },
  });
  const sandbox = await runningSandbox(host, 'my-env');
  const address = `${url}#/sandboxes/${sandbox.id}`;
  const one = await open(address);
  const other = await openIn(await one.page.context().newPage(), address);
  await untilConfirmed(one.page, 'running');
  await untilConfirmed(other.page, 'running');

  await command(one.page, 'suspend').click();
  for (const { page } of [one, other]) {
    await untilPredicted(page, 'suspending');
    await expect.poll(() => pill(page).textContent()).toContain('not confirmed');
  }
  const suspends = () => requests.filter((request) => request.endsWith('/suspend'));
  await expect.poll(suspends).toHaveLength(1);
  expect((await host.get('default', sandbox.id)).sandbox.status).toBe('running');
  release();
  for (const { page } of [one, other]) await untilConfirmed(page, 'suspended');
  expect(suspends()).toHaveLength(1);
  expect([...one.errors, ...other.errors]).toEqual([]);
});

it('works offline, and reports the outcome of commands from the meantime', async () => {
  const { url, host, requests } = await start();
  const made = [];
  for (const name of ['one', 'two']) {
    const sandbox = await runningSandbox(host, name);
    made.push(sandbox.id);
  }
  const { page } = await open(`${url}#/sandboxes/${made[0]}`);
  const connection = page.locator('header [data-connection]');
  await untilConfirmed(page, 'running');
  await expect.poll(() => connection.getAttribute('data-connection')).toBe('live');
  // The history is the end of the first read. A response that arrives after the loss would count as a connection.
  await events(page).first().waitFor();

  await page.context().setOffline(true);
  await expect.poll(() => connection.getAttribute('data-connection')).toBe('offline');
  // The page of a sandbox has its own client, which detects the loss by itself.
  await page.getByRole('alert', { name: 'Cannot reach the server', exact: true }).waitFor();
  await command(page, 'suspend').click();
  await expect.poll(() => status(page)).toBe('suspending');
  await page.locator('[data-stage="queued"]').waitFor();
  expect(requests.filter((request) => request.endsWith('/suspend'))).toHaveLength(0);
  await page.context().setOffline(false);
  await untilConfirmed(page, 'suspended');
  await page.locator('[data-stage="confirmed"]').waitFor();
  expect(requests.filter((request) => request.endsWith('/suspend'))).toHaveLength(1);

  // Another user terminates the other sandbox in the meantime: the page drops the command with a reason.
  await page.goto(`${url}#/sandboxes/${made[1]}`);
  await untilConfirmed(page, 'running');
  await events(page).first().waitFor();
  await page.context().setOffline(true);
  await page.getByRole('alert', { name: 'Cannot reach the server', exact: true }).waitFor();
  await command(page, 'suspend').click();
  await page.locator('[data-stage="queued"]').waitFor();
  await host.send('default', made[1] ?? '', { type: 'terminate' });
  await page.context().setOffline(false);
  await untilConfirmed(page, 'terminated');
  const notice = page.locator('.notice');
  await expect.poll(() => notice.textContent()).toContain('Suspend was not sent');
  await expect.poll(() => notice.textContent()).toContain('Cannot suspend a terminated sandbox');
  await notice.getByRole('button').click();
  await expect.poll(() => notice.count()).toBe(0);
});

it('shows a creation in the list at once, without a link until the server confirms it', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { url } = await start({
    before: async ({ method }) => (method === 'POST' ? released : undefined),
  });
  const { page, errors } = await open(url);
  await page.waitForSelector('text=No sandboxes yet');
  await button(page, 'Create sandbox').first().click();
  await untilDialog(page);
  await page.getByText('Named', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('my-env');
  await button(page, 'Create').click();
  const row = page.locator('[data-sandbox]');
  await expect.poll(() => row.textContent()).toMatch(/my-env.*being created/);
  expect(await row.locator('a').count()).toBe(0);
  // The user does not wait in the dialog.
  await button(page, 'Cancel').click();
  release();
  await page.getByRole('link', { name: 'my-env' }).waitFor();
  expect(await row.count()).toBe(1);
  expect(errors).toEqual([]);
});

it('shows why a creation failed after its dialog was closed', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { url, host } = await start({
    before: async ({ method }) => (method === 'POST' ? released : undefined),
  });
  await runningSandbox(host, 'taken');
  const { page } = await open(url);
  await page.getByRole('link', { name: 'taken' }).waitFor();
  await button(page, 'Create sandbox').first().click();
  await untilDialog(page);
  await page.getByText('Named', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('taken');
  await button(page, 'Create').click();
  await button(page, 'Cancel').click();
  release();
  const notice = page.locator('.notice[data-kind="refused"]');
  await expect.poll(() => notice.textContent()).toContain('The sandbox was not created');
  await expect.poll(() => notice.textContent()).toContain('taken');
  expect(await page.locator('[data-sandbox]').count()).toBe(1);
});

it("rolls back a refused command, with the server's sentence", async () => {
  const { url, host } = await start({
    async before(request, serving) {
      // Another user's command comes first.
      if (request.url.endsWith('/suspend')) await serving.send('default', 'my-env', { type: 'snapshot' });
    },
  });
  const sandbox = await runningSandbox(host, 'my-env');
  const { page, errors } = await open(`${url}#/sandboxes/${sandbox.id}`);
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').click();
  const notice = page.locator('.notice[data-kind="refused"]');
  await expect.poll(() => notice.textContent()).toContain('Suspend was refused');
  await expect.poll(() => notice.textContent()).toContain('Cannot suspend a snapshotting sandbox');
  await expect.poll(() => notice.getAttribute('role')).toBe('alert');
  await page.locator('[data-stage="rolled back"]').waitFor();
  await untilConfirmed(page, 'running');
  expect(await notice.count()).toBe(1);
  // The browser logs the response with status 400 by itself.
  expect(errors.filter((error) => !error.includes('400'))).toEqual([]);
});

it('shows a notice for a failure of the platform', async () => {
  const failure = new DriverError('The disk is full.', { retryable: false });
  const driver = { ...simulatedDriver(), suspend: () => Promise.reject(failure) };
  const { url, host } = await start({ driver });
  const sandbox = await runningSandbox(host, 'my-env');
  const { page } = await open(`${url}#/sandboxes/${sandbox.id}`);
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').click();
  const notice = page.locator('.notice[data-kind="failed"]');
  await expect.poll(() => notice.textContent()).toContain('Suspend failed');
  await expect.poll(() => notice.textContent()).toContain('The disk is full.');
  await untilConfirmed(page, 'running');
});

it('shows a sign-in form when the server requires a token, and keeps the token for the tab', async () => {
  const sha256 = createHash('sha256').update('sesame').digest('hex');
  const { url, host } = await start({ tokens: [{ sha256, namespace: 'default', name: 'ada' }] });
  await host.create({ namespace: 'default', name: 'my-env' });
  const { page } = await open(url);
  const field = page.getByLabel('Token', { exact: true });
  await field.fill('wrong');
  await button(page, 'Sign in').click();
  await page.getByText('The server rejected this token.').waitFor();
  await field.fill('sesame');
  await button(page, 'Sign in').click();
  await page.getByRole('link', { name: 'my-env' }).click();
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').click();
  await untilConfirmed(page, 'suspended');
  await page.locator('[data-event="suspend"]', { hasText: 'by you' }).waitFor();
  await page.reload();
  await untilConfirmed(page, 'suspended');
  await page.locator('[data-event="suspend"]', { hasText: 'by ada' }).waitFor();
});

it('shows a user whose token can only read why no button works', async () => {
  const sha256 = createHash('sha256').update('sesame').digest('hex');
  const { url, host } = await start({ tokens: [{ sha256, namespace: 'default', scopes: ['read'] }] });
  await host.create({ namespace: 'default', name: 'my-env' });
  const { page } = await open(url);
  await page.getByLabel('Token', { exact: true }).fill('sesame');
  await button(page, 'Sign in').click();
  await page.getByRole('link', { name: 'my-env' }).click();
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').and(page.locator('[aria-disabled=true]')).waitFor();
  await page.getByText('Your token can only read.').first().waitFor();
  await command(page, 'suspend').click({ force: true });
  await untilConfirmed(page, 'running');
});

it('shows the configuration, whether the platform has it, and why an operation failed', async () => {
  const driver = simulatedDriver();
  let isBusy = true;
  const { url, host } = await start({
    driver: {
      ...driver,
      async configure(job) {
        if (isBusy) throw new DriverError('The platform is busy.', { retryable: true });
        await driver.configure?.(job);
      },
      async resume() {
        throw new DriverError('The memory image is damaged.', { retryable: false });
      },
    },
  });
  const created = await host.create({
    namespace: 'default',
    name: 'my-env',
    configuration: { metadata: { team: 'red' }, exposedPorts: [3000] },
  });
  const { id } = created.sandbox;
  await host.waitFor('default', id, ['running'], { timeoutMs: 10_000 });
  const { page, errors } = await open(`${url}#/sandboxes/${id}`);
  const row = (label: string) =>
    page.locator('dt', { hasText: label }).locator('xpath=following-sibling::dd[1]');
  await expect.poll(() => row('Configuration').textContent()).toBe('As created');
  expect(await row('Exposed ports').textContent()).toBe('3000');
  expect(await row('Metadata').textContent()).toBe('team: red');

  await host.update('default', id, {
    configuration: { network: { allowInternetAccess: false, allowOut: ['10.0.0.1'], denyOut: [] } },
  });
  await expect.poll(() => row('Configuration').textContent()).toBe('Changed once; not yet on the platform');
  expect(await row('Network').textContent()).toBe('No internet; allows 10.0.0.1');
  isBusy = false;
  await expect.poll(() => row('Configuration').textContent()).toBe('Changed once');

  await command(page, 'suspend').click();
  await untilConfirmed(page, 'suspended');
  await command(page, 'resume').click();
  await page.getByText('Resume failed: The memory image is damaged.').first().waitFor();
  expect(errors).toEqual([]);
});
