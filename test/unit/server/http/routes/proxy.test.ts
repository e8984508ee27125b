import { expect, test } from 'vitest';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);

const url = `${origin}/sandboxes/ada/proxy/file`;
const status = async () => (await api.call('GET', '/sandboxes/ada')).body.status;

/** Creates a sandbox with an idle limit of 60 s. */
const create = () => api.create({ name: 'ada', idle_timeout_secs: 60 });

/** A body to which a test adds parts. */
function openBody() {
  let end: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      end = controller;
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  return {
    body,
    add: () => end?.enqueue(new TextEncoder().encode('part')),
    close: () => end?.close(),
    isCancelled: () => isCancelled,
  };
}

test('a response counts as activity as long as bytes flow', async () => {
  const answer = openBody();
  api.use({ forward: async () => new Response(answer.body, { status: 206, headers: { 'x-own': 'yes' } }) });
  await create();
  const response = await api.api(new Request(url));
  expect([response.status, response.headers.get('x-own')]).toEqual([206, 'yes']);
  const reader = response.body?.getReader();
  for (let n = 0; n < 5; n++) {
    await host.clock.advance(50_000);
    answer.add();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('part');
  }
  expect(await status()).toBe('running');
  // The connection stays open, but nothing flows.
  await host.clock.advance(60_000);
  expect(await status()).toBe('suspended');
});

test('a request counts as activity as long as its body flows', async () => {
  const sent = openBody();
  const received: string[] = [];
  api.use({
    async forward(request) {
      for await (const part of request.body ?? []) received.push(new TextDecoder().decode(part));
      return new Response(null, { status: 204 });
    },
  });
  await create();
  const init = { method: 'PUT', body: sent.body, duplex: 'half' } as RequestInit;
  const responded = api.api(new Request(url, init));
  for (let n = 0; n < 5; n++) {
    await host.clock.advance(50_000);
    sent.add();
    await host.clock.settle();
  }
  expect(await status()).toBe('running');
  sent.close();
  expect((await responded).status).toBe(204);
  expect(received).toEqual(Array(5).fill('part'));
});

test('a client that disconnects ends the response of the sandbox', async () => {
  const answer = openBody();
  api.use({ forward: async () => new Response(answer.body) });
  await create();
  const response = await api.api(new Request(url));
  await response.body?.cancel();
  expect(answer.isCancelled()).toBe(true);
});

test('an answer that took long counts when it arrives', async () => {
  let respond = (_: Response) => {};
  api.use({
    forward: () =>
      new Promise((resolve) => {
        respond = resolve;
      }),
  });
  await create();
  const responded = api.api(new Request(url));
  await host.clock.advance(50_000);
  respond(new Response(null));
  expect((await responded).body).toBeNull();
  await host.clock.advance(50_000);
  expect(await status()).toBe('running');
});

test('a page of a sandbox has an origin of its own, and sets no cookies and no service worker', async () => {
  const own = { 'set-cookie': 'a=b', 'service-worker-allowed': '/', 'content-security-policy': 'img-src *' };
  api.use({ forward: () => new Response('<script></script>', { status: 201, headers: own }) });
  await create();
  const { status, headers } = await api.api(new Request(url));
  expect(status).toBe(201);
  expect([headers.get('set-cookie'), headers.get('service-worker-allowed')]).toEqual([null, null]);
  const policy = headers.get('content-security-policy');
  expect(policy).toMatch(/^img-src \*, sandbox /);
  expect(policy).not.toContain('allow-same-origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
});
