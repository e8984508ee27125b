import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { apiFixture, origin } from '../../../harness/server/api-fixture.ts';
import { eventReader } from '../../../harness/server/event-stream.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';

const host = hostFixture();
const fixture = apiFixture(host);
const api = (request: Request) => fixture.api(request);

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Listens on a free port of this machine. Returns the URL. */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each framework, with its own route beside the API, which is mounted at `below`. */
const mounts: [name: string, below: string, mount: () => Promise<string>][] = [
  ['alone, on Node', '', () => listen(createServer(getRequestListener(api)))],
  [
    'in Hono',
    '',
    () => {
      const app = new Hono().get('/own', (context) => context.text('own')).mount('/', api);
      return listen(createServer(getRequestListener(app.fetch)));
    },
  ],
  [
    'in Hono, below a path',
    '/platform',
    () => {
      const app = new Hono().get('/own', (context) => context.text('own')).mount('/platform', api);
      return listen(createServer(getRequestListener(app.fetch)));
    },
  ],
  [
    'in Express 5',
    '',
    () => {
      const app = express();
      app.get('/own', (_: unknown, response: { send(text: string): void }) => response.send('own'));
      app.use(getRequestListener(api));
      return listen(createServer(app));
    },
  ],
  [
    'in Express 5, below a path',
    '/platform',
    () => {
      const app = express();
      app.get('/own', (_: unknown, response: { send(text: string): void }) => response.send('own'));
      app.use('/platform', getRequestListener(api));
      return listen(createServer(app));
    },
  ],
  [
    'in Fastify 5',
    '',
    async () => {
      const app = fastify({ forceCloseConnections: true });
      app.get('/own', () => 'own');
      // The API reads bodies itself.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, _payload, done) => done(null));
      const listener = getRequestListener(api);
      app.all('/*', (request, reply) => {
        reply.hijack();
        return listener(request.raw, reply.raw);
      });
      closers.push(() => app.close());
      return app.listen({ port: 0, host: '127.0.0.1' });
    },
  ],
];

describe.each(mounts)('%s', (name, below, mount) => {
  test('the API works completely', async () => {
    const root = await mount();
    const url = root + below;
    if (name !== 'alone, on Node') expect(await (await fetch(`${root}/own`)).text()).toBe('own');
    const made = await fetch(`${url}/sandboxes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ada' }),
    });
    expect([made.status, made.headers.get('etag')]).toEqual([200, expect.stringMatching(/^"\w+-1"$/)]);
    await host.clock.settle();
    const events = eventReader(await fetch(`${url}/sandboxes/ada/events`));
    expect((await events.take(2))[1]?.data.sandbox.status).toBe('running');
    const suspended = await fetch(`${url}/v1/namespaces/default/sandboxes/ada/suspend`, { method: 'POST' });
    expect([suspended.status, await suspended.text()]).toEqual([202, '']);
    expect((await events.take(2)).map((block) => block?.data.to)).toEqual(['suspending', 'suspended']);
    const ended = await fetch(`${url}/sandboxes/ada`, { method: 'DELETE' });
    expect(ended.status).toBe(200);
    expect((await events.rest()).map(({ event }) => event)).toEqual(['change', 'closed']);
    expect(await (await fetch(`${url}/sandboxes/ada`)).text()).toBe(
      'The sandbox "ada" does not exist in this namespace.',
    );
    const large = await fetch(`${url}/sandboxes`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
    expect([large.status, await large.text()]).toEqual([413, 'The body is larger than 1 MiB.']);
  });
});

describe('below a body parser', () => {
  const consumed =
    'The request body was already read, for example by express.json(). Mount the API before body parsers.';

  test('of Express, the response and the operator get the cause', async () => {
    const app = express();
    app.use(express.json());
    app.use(getRequestListener(api));
    const url = await listen(createServer(app));
    const id = await fixture.create();
    const headers = { 'content-type': 'application/json' };
    for (const [path, body] of [
      ['/sandboxes', '{"name":"ada"}'],
      [`/sandboxes/${id}/snapshot`, '{"snapshot_type":"memory"}'],
    ] as const) {
      const response = await fetch(url + path, { method: 'POST', headers, body });
      expect([path, response.status, await response.text()]).toEqual([path, 500, consumed]);
      expect(fixture.observations).toContainEqual(
        expect.objectContaining({ type: 'problem', error: expect.objectContaining({ message: consumed }) }),
      );
      fixture.observations.length = 0;
    }
    const empty = await fetch(`${url}/sandboxes/${id}/snapshot`, { method: 'POST', headers });
    expect(empty.status, 'a request with an empty body').toBe(202);
  });

  test.each([
    ['read', {}, (request: Request) => request.text()],
    ['read, with a length', { 'content-length': '2' }, (request: Request) => request.text()],
    ['locked', {}, async (request: Request) => void request.body?.getReader()],
  ])('a body that is %s is named as the cause', async (_, headers: Record<string, string>, consume) => {
    const request = new Request(`${origin}/sandboxes`, { method: 'POST', headers, body: '{}' });
    await consume(request);
    const response = await api(request);
    expect([response.status, await response.text()]).toEqual([500, consumed]);
  });
});

test('an empty body with a length may be a false header or the work of a parser: the response names both', async () => {
  const headers = { 'content-length': '2' };
  const response = await api(new Request(`${origin}/sandboxes`, { method: 'POST', headers }));
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(
    /^The request body is empty, but Content-Length announces one\. .* express\.json\(\) .*: mount the API before body parsers\.$/,
  );
});

describe('on a real connection', () => {
  const problems = () => fixture.observations.filter(({ type }) => type === 'problem');
  const openStreams = () =>
    fixture.observations.reduce((open, seen) => (seen.type === 'streams' ? seen.open : open), 0);
  const start = () => listen(createServer(getRequestListener(api)));

  /** Sends raw bytes. Returns the bytes that the server sends before it closes the connection. */
  async function raw(url: string, text: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk;
    });
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  test('a client that disconnects during its body changes nothing and does not report a problem', async () => {
    const url = await start();
    for (const head of ['content-length: 100', 'transfer-encoding: chunked']) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `POST /sandboxes HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\n\r\n${head[0] === 't' ? '8\r\n' : ''}{"name":`,
      );
      const before = fixture.observations.length;
      setTimeout(() => socket.destroy(), 20);
      await expect.poll(() => fixture.observations.length).toBeGreaterThan(before);
      expect(fixture.observations.at(-1)).toMatchObject({ type: 'request', status: 400 });
    }
    expect(problems()).toEqual([]);
    expect(await (await fetch(`${url}/sandboxes`)).json()).toMatchObject({ sandboxes: [] });
  });

  test('a client that disconnects from a stream or a wait frees its place', async () => {
    await fixture.create({ name: 'ada' });
    const waitFor = vi.spyOn(host.host, 'waitFor');
    const url = await start();
    const hangUp = new AbortController();
    const stream = await fetch(`${url}/sandboxes/events`, { signal: hangUp.signal });
    expect(stream.status).toBe(200);
    const waiting = fetch(`${url}/sandboxes/ada/wait?status=suspended`, { signal: hangUp.signal });
    expect(openStreams()).toBe(1);
    await expect.poll(() => waitFor.mock.calls.length).toBe(1);
    hangUp.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(openStreams).toBe(0);
    // The wait has ended too. Its response was not delivered.
    const wait = expect.objectContaining({ route: '/sandboxes/{id}/wait', status: 200 });
    await expect.poll(() => fixture.observations).toContainEqual(wait);
    expect(problems()).toEqual([]);
  });

  test.each([
    ['GET //sandboxes HTTP/1.1\r\nhost: 127.0.0.1', 200],
    ['GET /sandboxes/%ZZ HTTP/1.1\r\nhost: 127.0.0.1', 404],
    ['GET /sandboxes/%00 HTTP/1.1\r\nhost: 127.0.0.1', 404],
    ['GET /../../etc/passwd HTTP/1.1\r\nhost: 127.0.0.1', 404],
    ['GET /sandboxes?cursor=%ZZ HTTP/1.1\r\nhost: 127.0.0.1', 400],
    ['GET /sandboxes?status=%00 HTTP/1.1\r\nhost: 127.0.0.1', 400],
    ['GET http://evil.example/sandboxes HTTP/1.1\r\nhost: 127.0.0.1', 403],
    ['GET /sandboxes HTTP/1.1\r\nhost: evil.example', 403],
    ['GET /sandboxes HTTP/1.1\r\nhost: 127.0.0.1@evil.example', 400],
    ['GET /sandboxes HTTP/1.0', 400],
    ['OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1', 400],
    ['TRACE /sandboxes HTTP/1.1\r\nhost: 127.0.0.1', 405],
  ])('%j gets status %i', async (head, status) => {
    const url = await start();
    const received = await raw(url, `${head}\r\nconnection: close\r\n\r\n`);
    expect(received.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(problems()).toEqual([]);
  });
});
