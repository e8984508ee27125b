import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { buildApp } from '../harness/browser/build-app.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';
import { startRealServer } from '../harness/client/real-server.ts';

const { chromium, later } = chromiumForTests();

/** A server with the app, and one window of one browser for each sandbox. */
async function openWindows(count: number) {
  const app = await buildApp('client-app.ts', '<body></body>');
  const open = new Set<Request>();
  const server = await startRealServer({
    through: (api) => async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/') return new Response(app, { headers: { 'content-type': 'text/html' } });
      if (pathname.endsWith('/events')) {
        open.add(request);
        request.signal.addEventListener('abort', () => open.delete(request));
      }
      return api(request);
    },
  });
  later(() => server.stop());
  const context = await chromium().browser.newContext();
  later(() => context.close());
  const pages: Page[] = [];
  for (let window = 0; window < count; window++) {
    const name = `box-${window}`;
    await server.host.create({ namespace: 'default', name });
    const page = await context.newPage();
    pages.push(page);
    await page.goto(`${server.url}/#${name}`);
    await page.waitForFunction(`/running/.test(document.body.textContent)`);
  }
  return { server, pages, open };
}

/** Makes a page believe that it is hidden, or visible again. */
const hide = (page: Page, isHidden: boolean) =>
  page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
    document.dispatchEvent(new Event('visibilitychange'));`);

const shows = (page: Page, text: string) => page.waitForFunction(`document.body.textContent === '${text}'`);

test('eight windows of a browser over HTTP/1.1 load, follow their sandboxes and send commands', async () => {
  const { pages, open, server } = await openWindows(8);
  expect(open.size).toBeLessThanOrEqual(4);
  for (const [index, page] of pages.entries()) {
    await page.evaluate("client.send('suspend')");
    await page.waitForFunction(`/suspended/.test(document.body.textContent)`);
    const { sandbox } = await server.host.get('default', `box-${index}`);
    expect(sandbox.status).toBe('suspended');
  }
});

test('a hidden window gives its stream to another one, and takes one again when it is visible', async () => {
  const { pages } = await openWindows(5);
  const [first, , , , fifth] = pages as [Page, Page, Page, Page, Page];
  await shows(first, 'running live');
  await shows(fifth, 'running polling');
  await hide(first, true);
  await shows(first, 'running polling');
  await fifth.evaluate("dispatchEvent(new Event('online'))");
  await shows(fifth, 'running live');
  await hide(fifth, true);
  await shows(fifth, 'running polling');
  await hide(first, false);
  await shows(first, 'running live');
});
