import { once } from 'node:events';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { createBrowserReceiver } from '@statelyai/inspect';
import { afterEach, describe, expect, it } from 'vitest';
import { type InspectorMessage, inspectLifecycle } from '../../../../src/inspect/index.ts';
import { createRelay, type Relay, type RelayOptions } from '../../../../src/inspect/transports/relay.ts';
import {
  type IframeLike,
  type TargetWindow,
  windowTransport,
} from '../../../../src/inspect/transports/window.ts';
import { fillPage } from '../../../../src/pages/fill-page.ts';
import { records } from '../../../harness/machine/records.ts';

const message = (id: string): InspectorMessage => ({
  type: '@sandbox-lifecycle.stale',
  sessionId: 'x:0',
  sandboxId: 'a1',
  id,
  at: 1,
  event: 'timeout',
  reason: { code: 'not_due', message: '' },
});

/** Creates a window whose messages the test sends, with a page that keeps the messages that it receives. */
function fakeWindow(href = 'http://127.0.0.1:3000/app') {
  const listeners = new Set<(event: { data: unknown; source: unknown }) => void>();
  const posted: { id: unknown; origin: string }[] = [];
  const page: TargetWindow = {
    postMessage: (data, origin) => posted.push({ id: (data as InspectorMessage).id, origin }),
  };
  const opened: string[] = [];
  return {
    window: {
      location: { href },
      open: (url: string) => {
        opened.push(url);
        return page;
      },
      addEventListener: (_: 'message', listener: never) => listeners.add(listener),
      removeEventListener: (_: 'message', listener: never) => listeners.delete(listener),
    },
    page,
    posted,
    opened,
    listeners,
    post: (data: unknown, source: unknown = page) => {
      for (const listener of listeners) listener({ data, source });
    },
  };
}

const connected = { type: '@statelyai.connected' };

describe('a page in a popup', () => {
  const start = () => {
    const fake = fakeWindow();
    const transport = windowTransport(fake.window, 'https://stately.ai/inspect');
    const kept = [message('1')];
    transport.start(() => kept);
    return { ...fake, transport, kept };
  };

  it('receives nothing until it is ready, and then everything', () => {
    const { transport, posted, post, kept, opened } = start();
    expect(opened).toEqual(['https://stately.ai/inspect']);
    transport.send(message('1'));
    expect(posted).toEqual([]);
    post(connected);
    kept.push(message('2'));
    transport.send(message('2'));
    expect(posted.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('receives everything again after a reload', () => {
    const { posted, post } = start();
    post(connected);
    post(connected);
    expect(posted.map(({ id }) => id)).toEqual(['1', '1']);
  });

  it('receives messages only at its own origin', () => {
    const { posted, post } = start();
    post(connected);
    expect(posted[0]?.origin).toBe('https://stately.ai');
  });

  it('ignores the same message from another window', () => {
    const { posted, post } = start();
    post(connected, {});
    post({ type: 'other' });
    post(null);
    expect(posted).toEqual([]);
  });

  it('receives nothing after the stop', () => {
    const { transport, posted, post, listeners } = start();
    post(connected);
    transport.stop();
    transport.send(message('2'));
    expect(posted.map(({ id }) => id)).toEqual(['1', undefined]);
    expect(listeners.size).toBe(0);
  });

  it('can be a file', () => {
    const fake = fakeWindow('file:///tmp/app.html');
    windowTransport(fake.window, './inspector.html').start(() => [message('1')]);
    fake.post(connected);
    expect(fake.opened).toEqual(['file:///tmp/inspector.html']);
    expect(fake.posted[0]?.origin).toBe('*');
  });
});

it('shows a page in an iframe', () => {
  const { window, page, posted, post, opened } = fakeWindow();
  const iframe: IframeLike = { src: '', contentWindow: page };
  windowTransport(window, '/inspect', iframe).start(() => [message('1')]);
  post(connected);
  expect([iframe.src, opened]).toEqual(['http://127.0.0.1:3000/inspect', []]);
  expect(posted).toEqual([{ id: '1', origin: 'http://127.0.0.1:3000' }]);
});

it('works with the official receiver', () => {
  const receivers: ((event: { data: unknown }) => void)[] = [];
  const received: unknown[] = [];
  const page = { postMessage: (data: unknown) => receivers.map((listener) => listener({ data })) };
  const { window, post } = fakeWindow();
  const host = { ...window, open: () => page };
  windowTransport(host, 'https://stately.ai/inspect').start(() => [
    { ...message('1'), type: '@xstate.event', event: { type: 'suspend' }, _version: '0.7.2' } as never,
  ]);
  const pageWindow = {
    addEventListener: (_: string, listener: (typeof receivers)[0]) => receivers.push(listener),
    opener: { postMessage: (data: unknown) => post(data, page) },
  };
  const receiver = createBrowserReceiver({
    window: {
      ...pageWindow,
      get self() {
        return 1;
      },
      get top() {
        return 1;
      },
    } as never,
  });
  receiver.subscribe((event) => received.push(event.type));
  post(connected, page);
  expect(received).toEqual(['@xstate.event']);
});

describe('a relay', () => {
  const relays: Relay[] = [];
  const page = (source: object) =>
    `<script id="source" type="application/json">${JSON.stringify(source)}</script>`;
  afterEach(() => {
    for (const relay of relays.splice(0)) relay.stop();
  });
  const open = async (options: RelayOptions = {}) => {
    const relay = await createRelay({ page, ...options });
    relays.push(relay);
    relay.start(() => []);
    return relay;
  };
  /** Sends a request with headers that a browser would not let a page set. */
  const send = async (url: string, headers: Record<string, string> = {}, method = 'GET', path?: string) => {
    const { hostname, port, pathname, search } = new URL(url);
    const sent = request({ hostname, port, path: path ?? pathname + search, headers, method }).end();
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    return {
      status: response.statusCode as number,
      text,
      headers: response.headers as Record<string, string>,
    };
  };

  it('shows the page at its full address', async () => {
    const relay = await open();
    const { status, text, headers } = await send(relay.url);
    expect([status, headers['content-security-policy']]).toEqual([200, "frame-ancestors 'none'"]);
    expect(text).toContain(`stream?token=${new URL(relay.url).searchParams.get('token')}`);
  });

  it.each([
    ['no token', {}, 'GET', '/', 403],
    ['another token', {}, 'GET', '/?token=x', 403],
    ['no token for the stream', {}, 'GET', '/stream', 403],
    ['another host', { host: 'evil.example' }, 'GET', undefined, 403],
    ['another origin', { origin: 'https://evil.example' }, 'GET', undefined, 403],
    ['the origin of a file', { origin: 'null' }, 'GET', undefined, 403],
    ['a message', {}, 'POST', undefined, 405],
    ['an invalid address', {}, 'GET', '//', 400],
  ])('rejects %s', async (_, headers, method, path, status) => {
    const relay = await open();
    expect((await send(relay.url, headers as Record<string, string>, method, path)).status).toBe(status);
  });

  it('serves no other path', async () => {
    const relay = await open();
    expect((await send(relay.url.replace('/?', '/etc?'))).status).toBe(404);
  });

  it('is not reachable from other machines', async () => {
    const { port } = new URL((await open()).url);
    const outside = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
    }
  });

  it('sends a page the earlier messages, and then new ones', async () => {
    const relay = await open();
    const inspector = inspectLifecycle({ transport: relay });
    const step = { event: { type: 'created' }, at: 1 };
    inspector.change({ ...step, sandbox: records.pending });
    const address = relay.url.replace('/?', '/stream?');
    const response = await fetch(address);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.getReader();
    const read = async () => new TextDecoder().decode((await reader?.read())?.value);
    let text = await read();
    expect(text).toContain('event: reset');
    expect(text).toContain('"@xstate.actor"');
    inspector.change({ ...step, sandbox: records.running });
    while (!text.includes('"@xstate.snapshot"')) text += await read();
    expect(text.indexOf('"@xstate.actor"')).toBeLessThan(text.indexOf('"@xstate.event"'));
    await reader?.cancel();
  });

  it('shows another inspector in a page that forwards messages only to it', async () => {
    const relay = await open({ ui: { url: 'https://inspector.example/"><script>' } });
    const { text, headers } = await send(relay.url);
    expect(text).toContain('src="https://inspector.example/&quot;&gt;&lt;script&gt;"');
    expect(text).toContain('postMessage(message, "https://inspector.example")');
    expect(headers['content-security-policy']).toContain('frame-src https://inspector.example;');
    expect(headers['content-security-policy']).not.toContain('unsafe');
  });

  it('rejects a port that is in use', async () => {
    const { port } = new URL((await open()).url);
    await expect(createRelay({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });
});

describe('a page with a session in it', () => {
  const template = '<p></p><script id="source" type="application/json">{}</script><script>1</script>';

  it('contains the session as text that cannot close its script', () => {
    const hostile = `</script><script>alert(1)</script><!--$&$1\u2028`;
    const filled = fillPage(template, { session: [{ ...message('1'), event: hostile } as InspectorMessage] });
    expect(filled.match(/<\/script>/g)).toHaveLength(2);
    const json = /json">(.*?)<\/script>/s.exec(filled)?.[1] ?? '';
    expect(JSON.parse(json).session[0].event).toBe(hostile);
  });
});
