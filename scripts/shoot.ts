import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const images = fileURLToPath(new URL('../docs/images/', import.meta.url));

/** Takes a screenshot of a page for the docs, after `act` and after all animations. */
export async function shoot(
  browser: Browser,
  name: string,
  url: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<unknown>,
): Promise<void> {
  mkdirSync(images, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(url);
  await act(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(images, `${name}.png`) });
  await context.close();
}
