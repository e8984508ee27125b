import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { forwardedMethods, pathsOf, routeTable } from '../../../../../src/server/http/routes/index.ts';
import { BrokenRecordError, createApi, NotFoundError } from '../../../../../src/server/index.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { eventReader } from '../../../../harness/server/event-stream.ts';
import { hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const ours = { authorization: 'Bearer ours' };
const theirs = { authorization: 'Bearer theirs' };

/** What belongs to the other namespace: under which kind of path it would be found, and its id or name. */
let foreign: { kind: 'sandboxes' | 'snapshots'; id: string }[];

beforeEach(async () => {
  const tokens = [
    { sha256: sha256('ours'), namespace: 'ours' },
    { sha256: sha256('theirs'), namespace: 'theirs' },
  ];
  api.use({ tokens, forward: () => new Response('from inside') });
  await api.create({ name: 'mine' }, ours);
  const running = await api.create({ name: 'ada' }, theirs);
  const ephemeral = await api.create({}, theirs);
  const suspended = await api.create({ name: 'grace' }, theirs);
  await api.call('POST', '/sandboxes/grace/suspend', undefined, theirs);
  const terminated = await api.create({ name: 'gone' }, theirs);
  const { snapshot_id: snapshot } = (
    await api.call('POST', `/sandboxes/${terminated}/snapshot`, undefined, theirs)
  ).body;
  await api.call('DELETE', `/sandboxes/${terminated}`, undefined, theirs);
  host.driver.script('boot', hang);
  const pending = await api.create({ name: 'soon' }, theirs);
  foreign = [
    ...[running, ephemeral, suspended, terminated, pending, 'ada', 'grace', 'soon'].map(
      (id) => ({ kind: 'sandboxes', id }) as const,
    ),
    { kind: 'snapshots', id: snapshot },
  ];
});

/** An id or a name that nothing has, as long as this one. */
const unheard = (id: string) => 'z'.repeat(id.length);

/** All that an answer consists of, but for the id that was asked for and the id of the request. */
async function whole(
  method: string,
  path: string,
  id: string,
  init: { headers: Record<string, string>; body?: string },
) {
  const response = await api.api(new Request(origin + path, { method, ...init }));
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
  const isOpen = response.headers.get('content-type') === 'text/event-stream';
  const body = isOpen ? 'a stream' : await response.text();
  if (isOpen) await response.body?.cancel();
  const text = JSON.stringify({ status: response.status, headers, body });
  return { status: response.status, text: text.replaceAll(id, 'ID') };
}

const requests = routeTable
  .filter(({ path }) => path.includes('{id}'))
  .flatMap((route) => {
    const methods = route.method === 'ALL' ? forwardedMethods : [route.method];
    return methods.flatMap((method) => pathsOf(route).map((path) => ({ route, method, path })));
  });

/** Conditions and places that a prying client might try. */
const tries: Record<string, string>[] = [
  {},
  { 'idempotency-key': 'key', 'if-match': '"2"' },
  { 'if-match': '"1", "2", "3"' },
  { 'if-match': 'W/"2"' },
  { 'last-event-id': '1' },
];

test('there are routes to try', () => {
  expect(requests.length).toBeGreaterThan(30);
});

test.each(requests)('$method $path tells nothing of what is foreign', async ({ route, method, path }) => {
  const query =
    route.operationId === 'wait_for_sandbox' ? '?status=running,terminated,suspended&timeout=0' : '';
  const at = (id: string, namespace: string) =>
    path.replace('{namespace}', namespace).replace('{id}', id).replace('*', 'x') + query;
  const body = method === 'PATCH' ? { body: '{"exposed_ports":[3000]}' } : {};
  for (const { id } of foreign) {
    for (const more of tries) {
      const init = { headers: { ...ours, ...more }, ...body };
      const asked = await whole(method, at(id, 'ours'), id, init);
      const other = unheard(id);
      expect([id, asked]).toEqual([id, await whole(method, at(other, 'ours'), other, init)]);
      expect(asked.status).toBe(404);
    }
  }
  // Nothing of it was done, and who owns it does find it.
  const [first] = foreign.filter(({ kind }) => path.includes(`/${kind}/`));
  const id = first?.id ?? '';
  const owned = await whole(method, at(id, 'theirs'), id, {
    headers: { ...theirs, 'if-match': '"2"' },
    ...body,
  });
  expect(owned.status).toBeLessThan(404);
});

describe('a create request', () => {
  test('does not find a foreign snapshot', async () => {
    const snapshot = foreign.find(({ kind }) => kind === 'snapshots')?.id ?? '';
    const ask = (id: string) =>
      whole('POST', '/sandboxes', id, { headers: ours, body: JSON.stringify({ snapshot_id: id }) });
    const asked = await ask(snapshot);
    expect(asked.status).toBe(404);
    expect(asked).toEqual(await ask(unheard(snapshot)));
  });

  test('may have a name, and a key, that are used elsewhere', async () => {
    const key = { 'idempotency-key': 'same' };
    expect((await api.call('POST', '/sandboxes', { name: 'x' }, { ...theirs, ...key })).status).toBe(200);
    expect((await api.call('POST', '/sandboxes', { name: 'ada' }, { ...ours, ...key })).status).toBe(200);
  });
});

test('lists and streams have nothing foreign in them', async () => {
  const { sandboxes } = (await api.call('GET', '/sandboxes', undefined, ours)).body;
  expect(sandboxes.map(({ name }: { name: string }) => name)).toEqual(['mine']);
  expect((await api.call('GET', '/snapshots', undefined, ours)).body).toEqual({ snapshots: [] });
  const response = await api.api(
    new Request(`${origin}/sandboxes/events`, { headers: { ...ours, 'last-event-id': '0' } }),
  );
  const events = eventReader(response);
  const told = JSON.stringify(await events.take(3));
  await events.cancel();
  expect(told).toContain('"mine"');
  for (const { id } of foreign) expect(told).not.toContain(`"${id}"`);
});

test('a foreign namespace is closed, also to its own ids', async () => {
  for (const { kind, id } of foreign) {
    const answer = await api.call('GET', `/v1/namespaces/theirs/${kind}/${id}`, undefined, ours);
    expect([answer.status, answer.body]).toEqual([403, 'The bearer token does not open this namespace.']);
  }
});

test('a broken record is told to its owner as that, and to nobody else', async () => {
  const row = { sandboxId: 'broken', namespace: 'theirs', problem: 'secret detail' };
  const fail = async (_: string, id: string) => {
    throw id === 'broken' ? new BrokenRecordError(row) : new NotFoundError('sandbox', id);
  };
  const told: unknown[] = [];
  const broken = createApi(
    { ...host.host, get: fail },
    { observe: (observation) => observation.type === 'problem' && told.push(observation.error) },
  );
  const ask = async (namespace: string, id: string) => {
    const answer = await broken(new Request(`${origin}/v1/namespaces/${namespace}/sandboxes/${id}`));
    return [answer.status, await answer.text()];
  };
  expect(await ask('ours', 'broken')).toEqual([404, 'There is no sandbox "broken" in this namespace.']);
  expect(told).toEqual([]);
  expect(await ask('theirs', 'broken')).toEqual([
    500,
    'The record of this sandbox is broken and was set aside; only the operator of the server can help.',
  ]);
  expect(told).toEqual([expect.any(BrokenRecordError)]);
});
