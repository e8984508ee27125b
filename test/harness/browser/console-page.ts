import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Chromium } from './chromium.ts';

/** A page of the console, and its errors. */
export interface ConsolePage {
  readonly page: Page;
  /** Errors of scripts, of the policy and of the browser's console. */
  readonly errors: string[];
}

/** Opens the console at an address, in a profile of its own unless one is given. */
export async function openConsole(
  { browser }: Chromium,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    // Playwright waits for an element to stop moving before it clicks.
    reducedMotion: 'reduce',
    ...options,
  });
  return openIn(await context.newPage(), url);
}

/** Opens the console in this page. */
export async function openIn(page: Page, url: string): Promise<ConsolePage> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Returns the status in the pill of the page's sandbox. */
export const status = (page: Page): Promise<string | null> => pill(page).getAttribute('data-status');

/** The pill of the page's sandbox. */
export const pill = (page: Page): Locator =>
  page.getByRole('status', { name: 'Status' }).locator('.status-pill');

/** The button of a command on the page of a sandbox. */
export const command = (page: Page, name: string): Locator =>
  page.locator(`.action [data-command="${name}"]`);

/** Waits until the pill shows this status, confirmed by the server. */
export const untilConfirmed = (page: Page, wanted: string): Promise<void> =>
  page.locator(`[aria-label="Status"] [data-status="${wanted}"]:not([data-predicted])`).waitFor();

/** Waits until the pill shows this status as a prediction, which the server has not confirmed. */
export const untilPredicted = (page: Page, wanted: string): Promise<void> =>
  page.locator(`[aria-label="Status"] [data-status="${wanted}"][data-predicted="true"]`).waitFor();

/**
 * Waits until the page shows the sandbox with this title, its snapshots and its configuration. They may arrive after the
 * status. The title is first, because the page that the test has just left may still be there.
 */
export async function untilLoaded(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  const snapshots = page.getByRole('region', { name: 'Snapshots' });
  await snapshots
    .locator('[data-snapshot]')
    .or(snapshots.getByText(/^No snapshots/))
    .first()
    .waitFor();
  await page.getByRole('region', { name: 'Details' }).getByText('Image', { exact: true }).waitFor();
}

/** Waits until the open dialog has the focus. A dialog that still takes it would take it from the field in use. */
export const untilDialog = (page: Page): Promise<void> =>
  page.locator('[role=dialog]:focus-within').waitFor();

/** The events in the timeline of the page's sandbox, newest first. */
export const events = (page: Page): Locator =>
  page.getByRole('region', { name: 'Timeline' }).locator('[data-event]');

/** Whether the page is wider than the window, so that it has to be scrolled sideways. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > innerWidth');

/** Returns the violations of the rules of axe, for example a missing label. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>("axe.run({ exclude: ['.chart svg'] }, { resultTypes: ['violations'] })");
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
