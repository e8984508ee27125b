import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium as playwright } from 'playwright-core';

/** A real Chromium, and the way to be rid of it. */
export interface Chromium {
  readonly browser: Browser;
  /** Ends the browser and removes what was unpacked for it. */
  close(): Promise<void>;
}

/** The limit of each wait in a page, in ms. It is for pages that hang, and a busy machine is slow. */
const waitLimitMs = 120_000;

/**
 * Starts a Chromium without a window: the one that CHROMIUM_PATH names, or the one from @sparticuz/chromium, unpacked into a
 * folder of its own. Throws where there is none: a browser test that cannot run has not passed.
 */
export async function launchChromium(): Promise<Chromium> {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const { executablePath, args } = await find(folder);
    const server = await playwright.launchServer({ executablePath, args, headless: true });
    const browser = await playwright.connect(server.wsEndpoint());
    browser.on('context', (context) => context.setDefaultTimeout(waitLimitMs));
    const { pid } = server.process();
    return {
      browser,
      async close() {
        await browser.close().catch(() => undefined);
        await server.close().catch(() => undefined);
        end(pid);
        remove();
      },
    };
  } catch (cause) {
    remove();
    throw new Error(
      'There is no Chromium to test in: install the development dependencies, or name one in CHROMIUM_PATH.',
      { cause },
    );
  }
}

/** What is unpacked goes where the temporary folder is, so that is another one for as long as it takes. */
async function find(folder: string): Promise<{ executablePath: string; args: string[] }> {
  const { CHROMIUM_PATH, TMPDIR } = process.env;
  if (CHROMIUM_PATH) return { executablePath: CHROMIUM_PATH, args: ['--no-sandbox'] };
  process.env['TMPDIR'] = folder;
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    const args = chromium.args.filter((argument) => !unwanted.test(argument));
    return { executablePath: await chromium.executablePath(), args };
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
}

/** What would let a page do more than in the browsers of people. */
const unwanted =
  /disable-web-security|allow-running-insecure-content|site-per-process|isolation|single-process/;

function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
