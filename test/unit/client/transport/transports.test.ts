import { expect, test, vi } from 'vitest';
import { type SendRequest, type ServerUpdate, sandboxFromTensorlake } from '../../../../src/client/index.ts';
import { httpProtocol } from '../../../../src/client/transport/http-transport.ts';
import { tensorlakeProtocol } from '../../../../src/client/transport/tensorlake-transport.ts';
import { parseSandbox } from '../../../../src/schema/index.ts';
import { flushPromises, runningSandbox } from '../../../harness/client/scripted-transport.ts';
import { patient } from '../../../harness/shared/patient.ts';

const { signal } = new AbortController();
const lifecycle = runningSandbox();
const info = { id: 'a1', status: 'running', version: 2, lifecycle };
const change = (version: number, cause: string | null) => ({
  sequence: 40 + version,
  version,
  at: 1000,
  from: 'running',
  to: 'running',
  event: { type: 'rename', name: 'x', at: 1000 },
  actor: 'ada',
  cause,
  lifecycle: { ...lifecycle, version },
});

/** A `fetch` with a response for each method and path, which records its requests. */
function server(responses: Readonly<Record<string, () => Response>>) {
  const requests: { call: string; headers: Record<string, string>; body: unknown }[] = [];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const { pathname, search } = new URL(String(url));
    const call = `${init.method ?? 'GET'} ${pathname}${search}`;
    requests.push({ call, headers: init.headers as Record<string, string>, body: init.body ?? null });
    const response = responses[call];
    if (!response) throw new TypeError(`no response for ${call}`);
    return response();
  };
  return { fetch: fetch as typeof globalThis.fetch, requests, url: 'http://test' };
}

const request = (command: SendRequest['command'], more: Partial<SendRequest> = {}): SendRequest => ({
  sandboxId: 'a1',
  id: 'key1',
  command,
  ...more,
});
const suspend = request({ type: 'suspend', at: 0 });

test('httpTransport: a read returns the record, its history and the clock', async () => {
  const here = server({
    'GET /sandboxes/my-env': () =>
      Response.json(info, { headers: { date: 'Thu, 01 Jan 1970 00:00:05 GMT' } }),
    'GET /sandboxes/a1/history?after=0&limit=1000': () =>
      Response.json({ history: [change(1, null)], next_after: 1 }),
    'GET /sandboxes/a1/history?after=1&limit=1000': () =>
      Response.json({ history: [change(2, 'key0')], next_after: null }),
  });
  const update = (await httpProtocol(here).read('my-env', undefined, signal)) as ServerUpdate;
  expect(update.sandboxes).toEqual([lifecycle]);
  expect(update.changes?.map(({ cause, actor, event }) => [cause, actor, event])).toEqual([
    [null, 'ada', 'rename'],
    ['key0', 'ada', 'rename'],
  ]);
  expect(update.serverTime).toEqual({ atMs: 5000, precisionMs: 1000 });
});

test('httpTransport: a read with a known version returns that step and the newer ones', async () => {
  const here = server({
    'GET /sandboxes/a1/history?after=1&limit=1000': () =>
      Response.json({ history: [change(2, null), change(3, null)], next_after: null }),
  });
  const update = (await httpProtocol(here).read('a1', 2, signal)) as ServerUpdate;
  expect(update.sandboxes).toEqual([]);
  expect(update.changes?.map(({ sandbox }) => sandbox.version)).toEqual([2, 3]);
});

test('httpTransport: a read with a version that the server has lost returns the state', async () => {
  const here = server({
    'GET /sandboxes/a1/history?after=8&limit=1000': () => Response.json({ history: [], next_after: null }),
    'GET /sandboxes/a1': () => Response.json(info),
    'GET /sandboxes/a1/history?after=0&limit=1000': () =>
      Response.json({ history: [change(1, null), change(2, null)], next_after: null }),
  });
  const update = (await httpProtocol(here).read('a1', 9, signal)) as ServerUpdate;
  expect(update.sandboxes).toEqual([lifecycle]);
  expect(update.changes?.map(({ sandbox }) => sandbox.version)).toEqual([1, 2]);
});

test('httpTransport: a read of the list returns all pages', async () => {
  const here = server({
    'GET /sandboxes?limit=100': () => Response.json({ sandboxes: [info], next_cursor: 'a b' }),
    'GET /sandboxes?limit=100&cursor=a%20b': () => Response.json({ sandboxes: [info], next_cursor: null }),
  });
  const update = (await httpProtocol(here).read(undefined, undefined, signal)) as ServerUpdate;
  expect(update.sandboxes).toHaveLength(2);
  expect(update.isComplete).toBe(true);
});

test.each<[string, SendRequest, string, unknown]>([
  ['suspend', suspend, 'POST /sandboxes/a1/suspend', null],
  ['resume', request({ type: 'resume', at: 0 }), 'POST /sandboxes/a1/resume', null],
  ['keepalive', request({ type: 'keepalive', at: 0 }), 'POST /sandboxes/a1/keepalive', null],
  ['terminate', request({ type: 'terminate', at: 0 }), 'DELETE /sandboxes/a1', null],
  ['rename', request({ type: 'rename', name: 'x', at: 0 }), 'PATCH /sandboxes/a1', '{"name":"x"}'],
  [
    'snapshot',
    request({ type: 'snapshot', snapshotId: 's', at: 0 }, { snapshotType: 'memory' }),
    'POST /sandboxes/a1/snapshot',
    '{"snapshot_type":"memory"}',
  ],
])('a %s goes to its path, with its key', async (_name, sent, call, body) => {
  const here = server({ [call]: () => new Response(null, { status: 202, headers: { etag: '"a1-7"' } }) });
  const headers = () => ({ authorization: 'Bearer t' });
  expect(await httpProtocol({ ...here, headers }).send({ ...sent, ifVersion: 6 }, signal)).toEqual({
    outcome: 'accepted',
    isUnchanged: false,
    version: 7,
  });
  expect(here.requests[0]).toMatchObject({
    call,
    body,
    headers: {
      authorization: 'Bearer t',
      'idempotency-key': 'key1',
      'x-request-id': 'key1',
      'if-match': '"a1-6"',
    },
  });
  const plain = server({ [call]: () => new Response(null, { status: 200 }) });
  await tensorlakeProtocol(plain).send(sent, signal);
  expect(Object.keys(plain.requests[0]?.headers ?? {})).toEqual(body === null ? [] : ['content-type']);
});

test.each<[number, Record<string, string>, string | null, unknown]>([
  [200, {}, null, { outcome: 'accepted', isUnchanged: true }],
  [
    400,
    { 'x-refusal-code': 'busy' },
    'It is busy.',
    { outcome: 'refused', reason: { code: 'busy', message: 'It is busy.' } },
  ],
  [
    412,
    {},
    'It has moved on.',
    { outcome: 'refused', reason: { code: 'moved_on', message: 'It has moved on.' } },
  ],
  [409, {}, 'Taken.', { outcome: 'refused', reason: { code: 'rejected', message: 'Taken.' } }],
  [
    400,
    {},
    null,
    {
      outcome: 'refused',
      reason: { code: 'rejected', message: 'The server responded with status 400.' },
    },
  ],
  [
    403,
    { 'content-type': 'text/html' },
    '<h1>Forbidden</h1>',
    {
      outcome: 'refused',
      reason: { code: 'rejected', message: 'The server responded with status 403.' },
    },
  ],
  [429, {}, 'Too many.', { outcome: 'unknown', problem: 'Too many.' }],
  [
    429,
    { 'retry-after': '7' },
    'Too many.',
    { outcome: 'unknown', problem: 'Too many.', retryAfterMs: 7000 },
  ],
  [
    503,
    { 'retry-after': 'Thu, 01 Jan 1970 00:01:30 GMT', date: 'Thu, 01 Jan 1970 00:01:00 GMT' },
    'Wait.',
    {
      outcome: 'unknown',
      problem: 'Wait.',
      retryAfterMs: 30_000,
      serverTime: { atMs: 60_000, precisionMs: 1000 },
    },
  ],
  [
    503,
    { 'retry-after': '99999999' },
    'Wait.',
    { outcome: 'unknown', problem: 'Wait.', retryAfterMs: 600_000 },
  ],
  [503, { 'retry-after': 'soon' }, 'Wait.', { outcome: 'unknown', problem: 'Wait.' }],
  [408, {}, null, { outcome: 'unknown', problem: 'The server responded with status 408.' }],
  [500, {}, 'Broken.', { outcome: 'unknown', problem: 'Broken.' }],
  [503, {}, null, { outcome: 'unknown', problem: 'The server responded with status 503.' }],
])('status %i with headers %o and body %o becomes a reply', async (status, headers, body, reply) => {
  const here = server({ 'POST /sandboxes/a1/suspend': () => new Response(body, { status, headers }) });
  expect(await httpProtocol(here).send(suspend, signal)).toEqual(reply);
});

test('headers may be async, and their failure is a failed request with its sentence', async () => {
  const here = server({
    'GET /sandboxes/a1/history?after=1&limit=1000': () =>
      Response.json({ history: [change(2, null)], next_after: null }),
  });
  const headers = async () => ({ authorization: 'Bearer later' });
  await httpProtocol({ ...here, headers }).read('a1', 2, signal);
  expect(here.requests[0]?.headers).toMatchObject({ authorization: 'Bearer later' });

  const problem = 'Your session has ended.';
  for (const failing of [
    () => Promise.reject(new Error(problem)),
    () => {
      throw new Error(problem);
    },
  ]) {
    const protocol = httpProtocol({ ...here, headers: failing });
    expect(await protocol.read('a1', 2, signal)).toMatchObject({ problem });
    expect(await protocol.send(suspend, signal)).toMatchObject({ outcome: 'unknown', problem });
    const closed = await new Promise((onClosed) => {
      protocol.follow?.('a1', 2, { onOpen() {}, onUpdate() {}, onAlive() {}, onClosed });
    });
    expect(closed).toBe(problem);
  }
  expect(here.requests).toHaveLength(1);
});

test('each response with status 401 is reported once', async () => {
  const unauthorized = () => new Response('Sign in.', { status: 401 });
  const here = server({
    'GET /sandboxes/a1': unauthorized,
    'POST /sandboxes/a1/suspend': unauthorized,
    'GET /sandboxes/a1/events': unauthorized,
    'POST /sandboxes': unauthorized,
  });
  const onUnauthorized = vi.fn();
  const protocol = httpProtocol({ ...here, onUnauthorized });
  expect(await protocol.read('a1', undefined, signal)).toMatchObject({
    problem: 'Sign in.',
    isPermanent: true,
  });
  expect(onUnauthorized).toHaveBeenCalledTimes(1);
  expect(await protocol.send(suspend, signal)).toMatchObject({ outcome: 'refused' });
  await new Promise((onClosed) => {
    protocol.follow?.('a1', 2, { onOpen() {}, onUpdate() {}, onAlive() {}, onClosed });
  });
  await protocol.request?.('/sandboxes', { method: 'POST' });
  await flushPromises();
  expect(onUnauthorized).toHaveBeenCalledTimes(4);
});

test('a failed read returns the server’s sentence', async () => {
  const here = server({
    'GET /sandboxes/a1': () => new Response('Sandbox "a1" does not exist.', { status: 404 }),
  });
  for (const protocol of [httpProtocol(here), tensorlakeProtocol(here)]) {
    expect(await protocol.read('a1', undefined, signal)).toEqual({
      problem: 'Sandbox "a1" does not exist.',
      isReachable: true,
      isPermanent: true,
    });
  }
});

function stream(...chunks: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

async function follow(response: Response, after?: number) {
  const here = server({ 'GET /sandboxes/a1/events': () => response });
  const events: unknown[] = [];
  httpProtocol({ ...here, headers: { authorization: 'Bearer t' } }).follow?.('a1', after, {
    onOpen: () => events.push('open'),
    onUpdate: ({ sandboxes, changes, sequence }) =>
      events.push([sandboxes.map(({ version }) => version), changes?.map(({ cause }) => cause), sequence]),
    onAlive: () => {},
    onClosed: (problem) => events.push(problem),
  });
  await vi.waitFor(() => expect(events.at(-1)).toBeTypeOf('string'), patient);
  await flushPromises();
  return { events, headers: here.requests[0]?.headers };
}

test('a stream sends the state, then each change, even in small chunks', async () => {
  const text = `retry: 1000\n\n: heartbeat\n\nevent: state\nid: 42\ndata: ${JSON.stringify({ sequence: 42, sandbox: info })}\n\nevent: change\r\nid: 43\r\ndata: ${JSON.stringify(change(3, 'key1'))}\r\n\r\nevent: closed\ndata: {"reason":"The server shuts down."}\n\n`;
  const { events, headers } = await follow(stream(...(text.match(/.{1,7}/gs) ?? [])));
  expect(events).toEqual(['open', [[2], undefined, 42], [[], ['key1'], 43], 'The server shuts down.']);
  expect(headers).toMatchObject({ authorization: 'Bearer t', accept: 'text/event-stream' });
});

test('a stream goes on past a change that the server cannot read, with the state that follows it', async () => {
  const missing = { sequence: 43, sandbox_id: 'a1', version: 3, to: 'running' };
  const state = { sequence: 43, sandbox: info };
  const { events } = await follow(
    stream(
      `event: missing\nid: 43-a1\ndata: ${JSON.stringify(missing)}\n\nevent: state\nid: 43-a1\ndata: ${JSON.stringify(state)}\n\n`,
      `event: change\nid: 44-a1\ndata: ${JSON.stringify(change(4, 'key1'))}\n\n`,
    ),
    42,
  );
  expect(events).toEqual([
    ...['open', 'open', [[2], undefined, 43]],
    [[], ['key1'], 44],
    'The event stream ended.',
  ]);
});

test('a stream resumes at its last event', async () => {
  const { events, headers } = await follow(stream('retry: 1000\n\n'), 42);
  expect(events).toEqual(['open', 'The event stream ended.']);
  expect(headers).toMatchObject({ 'last-event-id': '42' });
});

test('a rejected stream ends with the server’s sentence', async () => {
  expect((await follow(new Response('Too many streams.', { status: 429 }))).events).toEqual([
    'Too many streams.',
  ]);
  const page = new Response('<html>', { headers: { 'content-type': 'text/html' } });
  expect((await follow(page)).events[0]).toMatch(/status 200/);
});

test.each([
  [{ status: 'pending', pending_reason: 'no_executors_available' }],
  [{ status: 'running', timeout_secs: 300 }],
  [{ status: 'running', timeout_secs: 300, expires_at: 99_000 }],
  [{ status: 'snapshotting', name: 'x' }],
  [{ status: 'suspending', name: 'x' }],
  [{ status: 'suspended', name: 'x', timeout_secs: 300 }],
  [{ status: 'terminated', outcome: 'Success(UserTerminated)', terminated_at: 5000 }],
  [
    {
      status: 'terminated',
      outcome: 'Failure(ContainerStartupFailed)',
      error_details: { message: 'no image' },
    },
  ],
  [{ status: 'terminated', outcome: 'Failure(SomethingNew)' }],
  [{ status: 'terminated', outcome: null, created_at: '2026-01-01T00:00:00Z' }],
])('a response of Tensorlake’s API becomes a legal record: %o', (fields) => {
  const sandbox = sandboxFromTensorlake({ id: 'a1', created_at: 1000, ...fields });
  expect(parseSandbox(sandbox)).toEqual(sandbox);
  expect(sandbox.status).toBe(fields.status);
});

test('an unknown status is kept as it is', () => {
  expect(sandboxFromTensorlake({ sandbox_id: 'a1', status: 'Hibernating' }).status).toBe('hibernating');
});

test('tensorlakeTransport: a resume is in progress until the sandbox shows another status', async () => {
  let status = 'suspended';
  const here = server({
    'GET /sandboxes/a1': () => Response.json({ id: 'a1', name: 'x', status }),
    'POST /sandboxes/a1/resume': () => new Response(null, { status: 202 }),
  });
  const protocol = tensorlakeProtocol(here);
  const kind = async () =>
    ((await protocol.read('a1', undefined, signal)) as ServerUpdate).sandboxes[0]?.operation?.kind;
  expect(await kind()).toBeUndefined();
  await protocol.send(request({ type: 'resume', at: 0 }), signal);
  expect(await kind()).toBe('resume');
  status = 'running';
  expect(await kind()).toBeUndefined();
  status = 'suspended';
  expect(await kind()).toBeUndefined();
});
