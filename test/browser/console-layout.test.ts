import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { DriverError } from '../../src/server/index.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import {
  command,
  isTooWide,
  openConsole,
  untilConfirmed,
  untilDialog,
  untilLoaded,
  untilPredicted,
} from '../harness/browser/console-page.ts';
import { runningSandbox, startForTest } from '../harness/browser/console-server.ts';

const { chromium, later } = chromiumForTests();

const wide = { width: 1280, height: 900 };
const narrow = { width: 360, height: 640 };

const start = startForTest(later);

async function open(url: string, viewport = wide, reducedMotion: 'reduce' | 'no-preference' = 'reduce') {
  const { page } = await openConsole(chromium(), url, { viewport, reducedMotion });
  later(() => page.context().close());
  return page;
}

/** A gate that is open from the start. Open after the test. */
function gate() {
  let passed = Promise.resolve();
  let open = () => {};
  later(() => open());
  return {
    passed: () => passed,
    close() {
      passed = new Promise((done) => {
        open = done;
      });
    },
    open: () => open(),
  };
}

/** A driver whose operations wait at a gate. */
function heldDriver() {
  const driver = simulatedDriver();
  const { passed, close: hold, open: release } = gate();
  const afterRelease =
    <Job, Result>(act: (job: Job) => Promise<Result>) =>
    async (job: Job) => {
      await passed();
      return act(job);
    };
  return {
    driver: {
      ...driver,
      snapshot: afterRelease(driver.snapshot),
      suspend: afterRelease(driver.suspend),
      resume: afterRelease(driver.resume),
    },
    hold,
    release,
  };
}

/** The places of all elements that match a selector, relative to the document, by their `data-command` or text. */
const placesOf = (page: Page, selector: string): Promise<Record<string, string>> =>
  page.evaluate(`Object.fromEntries([...document.querySelectorAll('${selector}')].map((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const name = element.dataset.command ?? element.textContent;
    return [name, [left + scrollX, top + scrollY, width, height].map(Math.round).join(' ')];
  }))`);

/** Whether all of an element can be seen: it is inside the window, and nothing covers its middle. */
const canBeSeen = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`(() => {
    const element = document.querySelector('${selector}');
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const middle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && element.contains(middle);
  })()`);

/** The texts that are shortened: their element is narrower than they are. */
const shortened = (page: Page, selector: string): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('${selector}')].flatMap((element) =>
    [element, ...element.querySelectorAll(':not(input)')].some((part) => part.scrollWidth > part.clientWidth + 1 &&
      getComputedStyle(part).overflowX !== 'visible') ? [element.textContent] : [])`);

it.each([
  ['wide', wide],
  ['narrow', narrow],
])('keeps every button in its place through a whole life in a %s window', async (_, viewport) => {
  const { driver, hold, release } = heldDriver();
  const { url, host } = await start({ driver });
  const { sandbox } = await host.create({
    namespace: 'default',
    name: 'my-env',
    timeoutSeconds: 300,
    idleTimeoutSeconds: 60,
    suspendedTimeoutSeconds: 3600,
  });
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  const page = await open(`${url}#/sandboxes/${sandbox.id}`, viewport);
  await untilConfirmed(page, 'running');
  const places = () => placesOf(page, '.action button[data-command]');
  const first = await places();
  expect(Object.keys(first)).toHaveLength(7);
  const commands = gate();
  await page.route(/\/(snapshot|suspend|resume)$/, async (route) => {
    await commands.passed();
    await route.continue();
  });
  for (const [name, during, after] of [
    ['snapshot', 'snapshotting', 'running'],
    ['suspend', 'suspending', 'suspended'],
    ['resume', 'resuming', 'running'],
  ] as const) {
    hold();
    commands.close();
    await command(page, name).click();
    await untilPredicted(page, during);
    expect(await places(), `${during}, not confirmed`).toEqual(first);
    commands.open();
    await untilConfirmed(page, during);
    expect(await places(), during).toEqual(first);
    release();
    await untilConfirmed(page, after);
    expect(await places(), after).toEqual(first);
  }
  await page.context().setOffline(true);
  await page.getByRole('alert', { name: 'Cannot reach the server', exact: true }).waitFor();
  expect(await places(), 'offline').toEqual(first);
  await page.context().setOffline(false);
  await page
    .getByRole('alert', { name: 'Cannot reach the server', exact: true })
    .waitFor({ state: 'hidden' });
  await host.send('default', sandbox.id, { type: 'terminate' });
  await untilConfirmed(page, 'terminated');
  await page.getByText('The sandbox was terminated on request.').waitFor();
  expect(await places(), 'terminated').toEqual(first);
});

it.each([
  ['wide', wide],
  ['narrow', narrow],
])('keeps the buttons of the list and of dialogs in their place in a %s window', async (_, viewport) => {
  const { driver, hold, release } = heldDriver();
  const { url, host } = await start({ driver });
  await runningSandbox(host, 'my-env');
  const page = await open(url, viewport);
  await page.locator('[data-sandbox] [data-status="running"]').waitFor();
  const rows = () => placesOf(page, '[data-sandbox] [data-command]');
  const first = await rows();
  hold();
  await page.getByRole('button', { name: 'Suspend my-env' }).click();
  await page.locator('[data-sandbox] [data-status="suspending"]').waitFor();
  expect(await rows()).toEqual(first);
  release();
  await page.locator('[data-sandbox] [data-status="suspended"]').waitFor();
  expect(await rows()).toEqual(first);

  await page.getByRole('link', { name: 'my-env' }).click();
  await untilConfirmed(page, 'suspended');
  const buttons = () => placesOf(page, '[role=dialog] button:not([aria-hidden], [tabindex="-1"])');
  await command(page, 'rename').click();
  await untilDialog(page);
  const before = await buttons();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('');
  await page.getByText('the new name is empty').waitFor();
  expect(await buttons()).toEqual(before);
  await page.keyboard.press('Escape');
  await command(page, 'setTimeouts').click();
  await untilDialog(page);
  const limits = await buttons();
  await page.getByRole('textbox', { name: 'Idle limit', exact: true }).fill('0.5');
  await page.getByText('Enter a whole number of seconds').waitFor();
  expect(await buttons()).toEqual(limits);
});

it('does not offer a command that would change nothing, and says why', async () => {
  const { url, host, requests } = await start();
  const { id } = await runningSandbox(host, 'my-env');
  const page = await open(url);
  const row = page.locator('[data-sandbox] [data-command="resume"]');
  await expect.poll(() => row.getAttribute('aria-disabled')).toBe('true');
  await row.click({ force: true });
  await row.hover();
  await page.getByRole('tooltip', { name: 'Has no effect: the sandbox is running.' }).waitFor();

  await page.getByRole('link', { name: 'my-env' }).click();
  await untilConfirmed(page, 'running');
  for (const [name, reason] of [
    ['resume', 'Has no effect: the sandbox is running.'],
    ['keepalive', 'Has no effect: the sandbox has no idle limit.'],
  ] as const) {
    const button = command(page, name);
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('true');
    const text = page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`);
    expect(await text.textContent()).toBe(reason);
    await button.click({ force: true });
    await button.focus();
    await page.keyboard.press('Enter');
  }
  await command(page, 'suspend').click();
  await untilConfirmed(page, 'suspended');
  await expect.poll(() => command(page, 'suspend').getAttribute('aria-disabled')).toBe('true');
  await expect.poll(() => command(page, 'resume').getAttribute('aria-disabled')).toBe('false');
  await host.send('default', id, { type: 'terminate' });
  await untilConfirmed(page, 'terminated');
  await command(page, 'terminate').click({ force: true });
  await page.getByText('The sandbox is already terminated.').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(requests.filter((request) => /\/(resume|keepalive)$/.test(request))).toEqual([]);
});

it.each(['reduce', 'no-preference'] as const)(
  'closes each dialog with its close button, also when the dialog is scrolled, with motion: %s',
  async (motion) => {
    const { url, host } = await start();
    const { id } = await runningSandbox(host, 'my-env');
    const page = await open(`${url}#/sandboxes/${id}`, narrow, motion);
    await untilConfirmed(page, 'running');
    async function close(opener: () => Promise<void>): Promise<void> {
      await opener();
      await untilDialog(page);
      // Scrolls everything in the dialog to its end.
      await page.evaluate(`for (const part of [document.querySelector('[role=dialog]'),
        ...document.querySelectorAll('[role=dialog] *')]) part.scrollTop = part.scrollHeight`);
      await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
      expect(await canBeSeen(page, '[role=dialog] [aria-label=Close]')).toBe(true);
      const box = await page.getByRole('button', { name: 'Close' }).boundingBox();
      // By the position, because the tool would scroll the button into view.
      await page.mouse.click((box?.x ?? 0) + 8, (box?.y ?? 0) + 8);
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    }
    for (const name of ['rename', 'setTimeouts', 'terminate']) {
      await close(() => command(page, name).click());
      await expect.poll(() => page.evaluate('document.activeElement.dataset.command')).toBe(name);
    }
    await close(() => page.getByRole('button', { name: 'Enlarge the chart' }).click());
    await page.goto(url);
    await close(async () => {
      await page.getByRole('button', { name: 'Create sandbox' }).first().click();
      await page.getByText('Named', { exact: true }).click();
    });
  },
);

it('fits all pages into 360 pixels, with long names, ids and reasons', async () => {
  const failure = new DriverError(`The disk ${'d'.repeat(200)} is full.`, { retryable: false });
  const driver = { ...simulatedDriver(), suspend: () => Promise.reject(failure) };
  const { url, host } = await start({ driver });
  const name = `a${'-very-long-name'.repeat(15)}`;
  const { id } = await runningSandbox(host, name);
  await host.send('default', id, { type: 'snapshot' });
  await host.waitFor('default', id, ['running'], { timeoutMs: 120_000 });
  const page = await open(url, narrow);
  await page.locator('[data-sandbox]').waitFor();
  expect(await isTooWide(page)).toBe(false);
  expect(await canBeSeen(page, '[aria-label=More]')).toBe(true);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Inspector' }).waitFor();
  expect(await canBeSeen(page, '[role=menu]')).toBe(true);
  await page.keyboard.press('Escape');
  await page.goto(`${url}#/sandboxes/${id}`);
  await untilLoaded(page, name);
  await untilConfirmed(page, 'running');
  await command(page, 'suspend').click();
  await page.locator('.notice').waitFor();
  expect(await isTooWide(page)).toBe(false);
  await page.getByRole('button', { name: /^Dismiss/ }).click();
  for (const opener of ['rename', 'terminate']) {
    await command(page, opener).click();
    await untilDialog(page);
    expect(await isTooWide(page)).toBe(false);
    expect(await shortened(page, '.dialog-content')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }
  await page.goto(`${url}#/sandboxes/nothing-${'x'.repeat(300)}`);
  await page.getByText('Sandbox not found').waitFor();
  expect(await isTooWide(page)).toBe(false);
  await page.goto(`${url}#/snapshots`);
  await page.locator('[data-snapshot]').waitFor();
  expect(await isTooWide(page)).toBe(false);
});

it('never shortens a status', async () => {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  later(() => release());
  const { url, host } = await start({
    async before(request) {
      if (request.url.endsWith('/suspend')) await released;
    },
  });
  await runningSandbox(host, `a${'-very-long-name'.repeat(12)}`);
  for (const viewport of [wide, { width: 800, height: 700 }, narrow]) {
    const page = await open(url, viewport);
    await page.locator('[data-sandbox] [data-status="running"]').waitFor();
    expect(await shortened(page, '.status-pill, .connection'), `${viewport.width}`).toEqual([]);
    await page.locator('[data-command="suspend"]').click();
    await page.getByText('not confirmed').waitFor();
    expect(await shortened(page, '.status-pill'), `${viewport.width}`).toEqual([]);
    await page.context().close();
  }
});
