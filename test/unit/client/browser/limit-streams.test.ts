import { expect, test, vi } from 'vitest';
import { onWake } from '../../../../src/client/browser/on-wake.ts';
import {
  createSandboxClient,
  httpTransport,
  limitStreams,
  mountClient,
} from '../../../../src/client/index.ts';
import { fakeBrowser, openFetch } from '../../../harness/client/fake-page.ts';
import { flushPromises } from '../../../harness/client/scripted-transport.ts';
import { patient } from '../../../harness/shared/patient.ts';

const stream = { headers: { accept: 'text/event-stream' } };
const url = 'http://there.test/sandboxes/a1/events';

test('outside of a browser, every request passes', async () => {
  const { fetch, requests } = openFetch();
  const limited = limitStreams(fetch);
  for (let count = 0; count < 10; count++) await limited(url, stream);
  expect(requests).toHaveLength(10);
});

test('the windows of a browser share four streams to each server, and other requests pass', async () => {
  const browser = fakeBrowser();
  const { fetch, requests } = openFetch();
  const outcomes: string[] = [];
  for (let window = 0; window < 6; window++) {
    browser.openPage();
    await limitStreams(fetch)(url, stream).then(
      () => outcomes.push('open'),
      (error: Error) => outcomes.push(error.message),
    );
    await limitStreams(fetch)('/sandboxes');
  }
  const rejection = 'Other windows of this browser use all streams.';
  expect(outcomes).toEqual(['open', 'open', 'open', 'open', rejection, rejection]);
  expect(requests.filter(({ url }) => url === '/sandboxes')).toHaveLength(6);
  await limitStreams(fetch)('/events', stream);
  expect(browser.held.size).toBe(5);
});

test.each(['ends', 'breaks', 'is cancelled', 'is aborted'])(
  'a stream that %s frees its place',
  async (how) => {
    const browser = fakeBrowser();
    browser.openPage();
    const { fetch, requests } = openFetch();
    const controller = new AbortController();
    const response = await limitStreams(fetch)(url, { ...stream, signal: controller.signal });
    expect(browser.held.size).toBe(1);
    const reading = response.body?.getReader();
    const read = reading?.read().catch(() => {});
    if (how === 'ends') requests[0]?.end();
    if (how === 'breaks') requests[0]?.fail();
    if (how === 'is cancelled') await reading?.cancel();
    if (how === 'is aborted') controller.abort();
    await read;
    await vi.waitFor(() => expect(browser.held.size).toBe(0), patient);
  },
);

test('a response without a stream frees its place', async () => {
  const browser = fakeBrowser();
  browser.openPage();
  const response = await limitStreams(async () => new Response('Too many.', { status: 429 }))(url, stream);
  expect(await response.text()).toBe('Too many.');
  await vi.waitFor(() => expect(browser.held.size).toBe(0), patient);
});

test.each([true, false])(
  'a page that is hidden or offline gives its streams back; locks: %s',
  async (hasLocks) => {
    const browser = fakeBrowser();
    const page = browser.openPage({ hasLocks });
    const { fetch, requests } = openFetch();
    const limited = limitStreams(fetch);
    for (const leave of [() => page.hide(true), () => page.setOnline(false)]) {
      await limited(url, stream);
      leave();
      expect(requests.at(-1)?.isAborted).toBe(true);
      await expect(limited(url, stream)).rejects.toThrow('The page is hidden or offline.');
      page.hide(false);
      page.setOnline(true);
      await flushPromises();
      expect(browser.held.size).toBe(0);
    }
    expect(requests).toHaveLength(2);
  },
);

test('a page that may not use locks opens its streams', async () => {
  const browser = fakeBrowser();
  browser.openPage();
  const denied = { request: () => Promise.reject(new Error('denied')) };
  vi.stubGlobal('navigator', { onLine: true, locks: denied });
  const { fetch, requests } = openFetch();
  await limitStreams(fetch)(url, stream);
  expect(requests).toHaveLength(1);
});

test('httpTransport limits its streams unless the option is false', async () => {
  const browser = fakeBrowser();
  const { fetch, requests } = openFetch();
  const clients = [];
  for (const limited of [undefined, false]) {
    for (let window = 0; window < 6; window++) {
      browser.openPage();
      const transport = httpTransport({ url: '/', fetch, limitStreams: limited });
      const client = createSandboxClient({ id: 'a1', transport });
      clients.push(client);
      client.subscribe(() => {});
      await flushPromises();
    }
    expect(requests.filter(({ url }) => url.endsWith('/events'))).toHaveLength(
      limited === undefined ? 4 : 10,
    );
  }
  for (const client of clients) client.dispose();
});

test('a wake is reported when the page is visible or online again, and when the browser restores it', () => {
  const page = fakeBrowser().openPage();
  const woken = vi.fn();
  const stop = onWake(woken);
  page.hide(true);
  page.setOnline(false);
  page.setOnline(true);
  page.fire('pageshow', false);
  expect(woken).not.toHaveBeenCalled();
  page.hide(false);
  page.setOnline(true);
  page.fire('pageshow', true);
  expect(woken).toHaveBeenCalledTimes(3);
  stop();
  page.hide(false);
  expect(woken).toHaveBeenCalledTimes(3);
});

test('a mounted client leaves its commands when the page closes, but not when the browser keeps the page', () => {
  const page = fakeBrowser().openPage();
  const unsubscribe = vi.fn();
  const client = { subscribe: vi.fn(() => unsubscribe), dispose: vi.fn() };
  const unmount = mountClient(client);
  expect(client.subscribe).toHaveBeenCalledTimes(1);
  page.fire('pagehide', true);
  expect(client.dispose).not.toHaveBeenCalled();
  page.fire('pagehide', false);
  expect(client.dispose).toHaveBeenCalledTimes(1);
  unmount();
  page.fire('pagehide', false);
  expect([client.dispose.mock.calls.length, unsubscribe.mock.calls.length]).toEqual([1, 1]);
});
