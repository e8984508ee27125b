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

/** The resources of the other namespace: the kind in their path, and their id or name. */
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
  const terminated = await api.create({ name: 'ended' }, theirs);
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

/** An unknown id or name of the same length. */
const unknownLike = (id: string) => 'z'.repeat(id.length);

/** All parts of a response, without the id of the resource and the id of the request. */
async function comparable(
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
  // A sandbox that is not archived is unknown there in its own namespace too. Hosts are for operators.
  .filter(
    ({ path, access }) => path.includes('{id}') && !path.startsWith('/archived') && access !== 'operator',
  )
  .flatMap((route) => {
    const methods = route.method === 'ALL' ? forwardedMethods : [route.method];
    return methods.flatMap((method) => pathsOf(route).map((path) => ({ route, method, path })));
  });

/** Headers that an attacker might try. */
const triesFor = (id: string): Record<string, string>[] => [
  {},
  { 'idempotency-key': 'key', 'if-match': `"${id}-2"` },
  { 'if-match': `"${id}-1", "${id}-2"` },
  { 'if-match': `W/"${id}-2"` },
  { 'last-event-id': `1-${id}` },
  { 'last-event-id': '1' },
];

test('the table has routes with an id', () => {
  expect(requests.length).toBeGreaterThan(30);
});

test.each(requests)(
  '$method $path does not reveal resources of other namespaces',
  async ({ route, method, path }) => {
    const query =
      route.operationId === 'wait_for_sandbox' ? '?status=running,terminated,suspended&timeout=0' : '';
    const at = (id: string, namespace: string) =>
      path.replace('{namespace}', namespace).replace('{id}', id).replace('*', 'x') + query;
    const body = method === 'PATCH' ? { body: '{"exposed_ports":[3000]}' } : {};
    for (const { id } of foreign) {
      const other = unknownLike(id);
      for (const [index, more] of triesFor(id).entries()) {
        const init = { headers: { ...ours, ...more }, ...body };
        const actual = await comparable(method, at(id, 'ours'), id, init);
        const unknown = { headers: { ...ours, ...triesFor(other)[index] }, ...body };
        expect([id, actual]).toEqual([id, await comparable(method, at(other, 'ours'), other, unknown)]);
        expect(actual.status).toBe(404);
      }
    }
    // The requests changed nothing, and the owner finds the resource.
    const [first] = foreign.filter(({ kind }) => path.includes(`/${kind}/`));
    const id = first?.id ?? '';
    const owned = await comparable(method, at(id, 'theirs'), id, {
      headers: { ...theirs, 'if-match': `"${id}-2"` },
      ...body,
    });
    expect(owned.status).toBeLessThan(404);
  },
);

describe('a create request', () => {
  test('does not find a snapshot of another namespace', async () => {
    const snapshot = foreign.find(({ kind }) => kind === 'snapshots')?.id ?? '';
    const ask = (id: string) =>
      comparable('POST', '/sandboxes', id, { headers: ours, body: JSON.stringify({ snapshot_id: id }) });
    const actual = await ask(snapshot);
    expect(actual.status).toBe(404);
    expect(actual).toEqual(await ask(unknownLike(snapshot)));
  });

  test('may use a name and a key that another namespace uses', async () => {
    const key = { 'idempotency-key': 'same' };
    expect((await api.call('POST', '/sandboxes', { name: 'x' }, { ...theirs, ...key })).status).toBe(200);
    expect((await api.call('POST', '/sandboxes', { name: 'ada' }, { ...ours, ...key })).status).toBe(200);
  });
});

test('lists and streams do not contain resources of other namespaces', async () => {
  const { sandboxes } = (await api.call('GET', '/sandboxes', undefined, ours)).body;
  expect(sandboxes.map(({ name }: { name: string }) => name)).toEqual(['mine']);
  expect((await api.call('GET', '/snapshots', undefined, ours)).body).toMatchObject({ snapshots: [] });
  const response = await api.api(
    new Request(`${origin}/sandboxes/events`, { headers: { ...ours, 'last-event-id': '0' } }),
  );
  const events = eventReader(response);
  const received = JSON.stringify(await events.take(3));
  await events.cancel();
  expect(received).toContain('"mine"');
  for (const { id } of foreign) expect(received).not.toContain(`"${id}"`);
});

test('a token does not give access to another namespace, even with an id of it', async () => {
  for (const { kind, id } of foreign) {
    const answer = await api.call('GET', `/v1/namespaces/theirs/${kind}/${id}`, undefined, ours);
    expect([answer.status, answer.body]).toEqual([
      403,
      'The bearer token does not give access to this namespace.',
    ]);
  }
});

test('only the namespace of a broken record gets an error about it', async () => {
  const row = { sandboxId: 'broken', namespace: 'theirs', problem: 'secret detail' };
  const fail = async (_: string, id: string) => {
    throw id === 'broken' ? new BrokenRecordError(row) : new NotFoundError('sandbox', id);
  };
  const problems: unknown[] = [];
  const broken = createApi(
    { ...host.host, get: fail },
    { observe: (observation) => observation.type === 'problem' && problems.push(observation.error) },
  );
  const ask = async (namespace: string, id: string) => {
    const answer = await broken(new Request(`${origin}/v1/namespaces/${namespace}/sandboxes/${id}`));
    return [answer.status, await answer.text()];
  };
  expect(await ask('ours', 'broken')).toEqual([
    404,
    'The sandbox "broken" does not exist in this namespace.',
  ]);
  expect(problems).toEqual([]);
  expect(await ask('theirs', 'broken')).toEqual([
    500,
    'The record of this sandbox is broken and was set aside; contact the operator of the server.',
  ]);
  expect(problems).toEqual([expect.any(BrokenRecordError)]);
});
