import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium as playwright } from 'playwright-core';

/** A running Chromium. */
export interface Chromium {
  readonly browser: Browser;
  /** Closes the browser and removes its unpacked files. */
  close(): Promise<void>;
}

/** The limit of each wait in a page, in ms. It is for pages that hang, and a busy machine is slow. */
const waitLimitMs = 120_000;

/**
 * Starts a headless Chromium: the one in CHROMIUM_PATH, or the one from @sparticuz/chromium, unpacked into a folder of
 * its own. Throws when it finds neither, because a browser test that cannot run has not passed.
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
    throw new Error('Chromium is missing. Install the development dependencies, or set CHROMIUM_PATH.', {
      cause,
    });
  }
}

/** The package unpacks into the temporary folder, so this function replaces that folder meanwhile. */
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

/** The arguments that would give a page more rights than in a user's browser. */
const unwanted =
  /disable-web-security|allow-running-insecure-content|site-per-process|isolation|single-process/;

function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}
