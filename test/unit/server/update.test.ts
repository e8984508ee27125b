import { describe, expect, test } from 'vitest';
import { type Driver, DriverError } from '../../../src/server/index.ts';
import { apiFixture, origin } from '../../harness/server/api-fixture.ts';
import { eventReader } from '../../harness/server/event-stream.ts';
import { type FakeDriver, fakeDriver, hang } from '../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const info = async (id: string) => (await call('GET', `/sandboxes/${id}`)).body;
const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
  call('PATCH', `/sandboxes/${id}`, body, headers);
const rowsOf = async (id: string) => (await call('GET', `/sandboxes/${id}/history?after=2`)).body.history;

const everything = { name: 'grace', suspended_timeout_secs: 60, exposed_ports: [3000] };

describe('an update with several changes', () => {
  test('is one commit with a row for each event, and with one revision', async () => {
    const id = await create({ name: 'ada' });
    const { revision } = await host.host.get(namespace, id);
    const answer = await patch(id, everything, { 'x-request-id': 'r1' });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${id}-5"`]);
    const rows = await rowsOf(id);
    const [first] = rows;
    expect(
      rows.map((row: typeof first) => [
        row.version,
        row.event.type,
        row.cause,
        row.sequence - first.sequence,
      ]),
    ).toEqual([
      [3, 'rename', 'r1', 0],
      [4, 'setTimeouts', 'r1', 1],
      [5, 'configure', 'r1', 2],
    ]);
    expect((await host.host.get(namespace, id)).revision).toBe(revision + 1);
    expect(answer.body).toMatchObject({ name: 'grace', generation: 2, exposed_ports: [3000] });
  });

  test('changes nothing when the name is taken', async () => {
    await create({ name: 'grace' });
    const id = await create({ name: 'ada' });
    const before = await info(id);
    expect((await patch(id, everything)).status).toBe(409);
    expect(await info(id)).toEqual(before);
    expect(await rowsOf(id)).toEqual([]);
    expect(host.driver.configured).toEqual([]);
  });

  test('changes nothing when the policy does not allow a limit', async () => {
    await host.restart({ policy: { planMaximumSeconds: 100 } });
    api.use({});
    const id = await create({ name: 'ada' });
    const before = await info(id);
    for (const timeout_secs of [101, null]) {
      const answer = await patch(id, { ...everything, timeout_secs });
      expect([answer.status, answer.body]).toEqual([400, expect.stringMatching(/your plan allows/)]);
    }
    expect(await info(id)).toEqual(before);
  });

  test('has one If-Match, for the version before all of its events', async () => {
    const id = await create({ name: 'ada' });
    for (const version of [1, 3, 4])
      expect((await patch(id, everything, { 'if-match': `"${id}-${version}"` })).status).toBe(412);
    const answer = await patch(id, everything, { 'if-match': `"${id}-2"` });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${id}-5"`]);
  });

  test('is sent to a stream as one frame for each event', async () => {
    const id = await create({ name: 'ada' });
    const events = eventReader(await api.api(new Request(`${origin}/sandboxes/${id}/events`)));
    await events.take(2);
    await patch(id, everything);
    const blocks = await events.take(3);
    expect(blocks.map((block) => [block?.data.event.type, block?.data.version])).toEqual([
      ['rename', 3],
      ['setTimeouts', 4],
      ['configure', 5],
    ]);
    await events.cancel();
  });

  test('that repeats its key gets the same response, and has its rows once', async () => {
    const id = await create({ name: 'ada' });
    const key = { 'idempotency-key': 'k' };
    const [first, second] = [await patch(id, everything, key), await patch(id, everything, key)];
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(await rowsOf(id)).toHaveLength(3);
  });
});

describe('an update of the limits', () => {
  test('counts from now while the sandbox runs, and null removes a limit', async () => {
    const id = await create({ timeout_secs: 600, idle_timeout_secs: 60 });
    await host.clock.advance(10_000);
    const now = host.clock.now();
    const changed = (await patch(id, { timeout_secs: 100, idle_timeout_secs: 20 })).body;
    expect([changed.expires_at, changed.idle_at]).toEqual([now + 100_000, now + 20_000]);
    const removed = (await patch(id, { timeout_secs: null, idle_timeout_secs: null })).body;
    expect([removed.expires_at, removed.idle_at]).toEqual([null, null]);
  });

  test('reads 0 as in a create request', async () => {
    await host.restart({ policy: { planMaximumSeconds: 100 } });
    api.use({});
    const id = await create({ timeout_secs: 5 });
    expect((await patch(id, { timeout_secs: 0 })).body.expires_at).toBe(host.clock.now() + 100_000);
    await host.restart({ policy: { planMaximumSeconds: 100, zeroTimeout: 'none' } });
    api.use({});
    expect(await patch(id, { timeout_secs: 0 })).toMatchObject({ status: 200, body: { expires_at: null } });
  });

  test('sets the idle limit with timeout_secs where the policy measures idle time', async () => {
    await host.restart({ policy: { timeoutMeasures: 'idle' } });
    api.use({});
    const id = await create();
    const { body } = await patch(id, { timeout_secs: 60 });
    expect([body.idle_at, body.expires_at]).toEqual([host.clock.now() + 60_000, null]);
  });

  test.each([{ idle_timeout_secs: 0 }, { suspended_timeout_secs: 0 }, { timeout_secs: -1 }])(
    '%j is malformed',
    async (body) => {
      const id = await create();
      expect((await patch(id, body)).status).toBe(422);
      expect(await rowsOf(id)).toEqual([]);
    },
  );
});

describe('a suspended sandbox with a limit', () => {
  const suspended = async () => {
    const id = await create({ name: 'ada', suspended_timeout_secs: 60 });
    await call('POST', '/sandboxes/ada/suspend');
    await host.clock.settle();
    return id;
  };

  test('is discarded at the millisecond, with a due release', async () => {
    const id = await suspended();
    const { discard_at } = await info(id);
    await host.clock.advance(discard_at - host.clock.now() - 1);
    expect((await info(id)).status).toBe('suspended');
    await host.clock.advance(1);
    expect(await info(id)).toMatchObject({ status: 'terminated', outcome: 'Success(Discarded)' });
    expect(host.driver.log().at(-1)).toMatch(/^release/);
  });

  test('is discarded 15 minutes after a restart, when the limit is from before it', async () => {
    const id = await suspended();
    await host.restart();
    api.use({});
    await host.clock.advance(15 * 60_000 - 1);
    expect((await info(id)).status).toBe('suspended');
    await host.clock.advance(1);
    expect(await info(id)).toMatchObject({ status: 'terminated', outcome: 'Success(Discarded)' });
  });

  test('ends a wait for it to run', async () => {
    const id = await suspended();
    const waited = host.host.waitFor(namespace, id, ['running'], { timeoutMs: 600_000 });
    await host.clock.advance(60_000);
    expect(await waited).toMatchObject({
      outcome: 'unreachable',
      entry: { sandbox: { status: 'terminated' } },
    });
  });

  test('stays when a PATCH removes the limit', async () => {
    const id = await suspended();
    expect((await patch(id, { suspended_timeout_secs: null })).body.discard_at).toBeNull();
    await host.clock.advance(3_600_000);
    expect((await info(id)).status).toBe('suspended');
  });
});

describe('a platform that cannot change what runs', () => {
  const useDriver = async (more: Partial<Driver>) => {
    const driver = Object.assign(fakeDriver(host.driver.platform), { configure: undefined, ...more });
    await host.restart({ driver: driver as unknown as FakeDriver });
    api.use({});
    await host.clock.settle();
  };

  test('refuses the change of a setting that it enforces, and nothing of the request is done', async () => {
    await create({ name: 'ada' });
    await useDriver({ enforces: ['network'] });
    const network = { allow_internet_access: false };
    const answer = await patch('ada', { name: 'grace', network });
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.stringMatching(/network.*suspend it first\.$/),
    ]);
    const command = { type: 'configure', configuration: { network: null } } as const;
    expect((await host.host.send(namespace, 'ada', command)).result.outcome).toBe('applied');
    expect((await patch('ada', { exposed_ports: [3000] })).status).toBe(200);
    await call('POST', '/sandboxes/ada/suspend');
    await host.clock.settle();
    expect((await patch('ada', { name: 'grace', network })).body).toMatchObject({ name: 'grace', network });
  });

  test('enforces every setting unless it says which', async () => {
    const id = await create();
    await useDriver({});
    const changes = [{ exposed_ports: [3000] }, { allow_unauthenticated_access: true }, { network: {} }];
    for (const body of changes) {
      expect(await patch(id, body)).toMatchObject({
        status: 400,
        body: expect.stringMatching(/create a new sandbox with it\.$/),
      });
    }
    expect((await patch(id, { name: 'ada', exposed_ports: [] })).status).toBe(200);
    await useDriver({ enforces: [] });
    for (const body of changes) expect((await patch(id, body)).status).toBe(200);
  });
});

describe('the driver', () => {
  test('gets the newest generation after a change', async () => {
    const id = await create({ name: 'ada' });
    await patch(id, { exposed_ports: [3000] });
    await host.clock.settle();
    const [job, ...others] = host.driver.configured;
    expect(others).toEqual([]);
    expect(job).toMatchObject({ sandboxId: id, incarnation: 1, generation: 2 });
    expect(job?.configuration.exposedPorts).toEqual([3000]);
  });

  test('gets it again after a failure, and not after a permanent one', async () => {
    const id = await create({ name: 'ada' });
    host.driver.configureErrors.push(new Error('busy'), new Error('busy'));
    await patch(id, { exposed_ports: [3000] });
    await host.clock.advance(5_000);
    expect(host.driver.configured.map(({ generation }) => generation)).toEqual([2, 2, 2]);
    host.driver.configureErrors.push(new DriverError('This port is not allowed.', { retryable: false }));
    await patch(id, { exposed_ports: [3001] });
    await host.clock.advance(5_000);
    expect(host.driver.configured.map(({ generation }) => generation)).toEqual([2, 2, 2, 3]);
    expect(await info(id)).toMatchObject({ generation: 3, applied_generation: 2 });
  });

  test('and the answers say which generation it has', async () => {
    const id = await create({ name: 'ada' });
    expect(await info(id)).toMatchObject({ generation: 1, applied_generation: 1 });
    host.driver.configureErrors.push(new Error('busy'));
    await patch(id, { exposed_ports: [3000] });
    expect(await info(id)).toMatchObject({ generation: 2, applied_generation: 1 });
    await host.clock.advance(5_000);
    expect(await info(id)).toMatchObject({ generation: 2, applied_generation: 2 });
    await call('POST', `/sandboxes/${id}/suspend`);
    await host.clock.settle();
    expect(await info(id)).toMatchObject({ generation: 2, applied_generation: null });
  });

  test('gets it after a boot that began with an older one, and after a restart', async () => {
    host.driver.script('boot', async () => {
      await host.clock.settle();
      return undefined;
    });
    const { body } = await call('POST', '/sandboxes', { name: 'ada' });
    await patch(body.sandbox_id, { exposed_ports: [3000] });
    await host.clock.settle();
    await host.clock.settle();
    expect((await info('ada')).status).toBe('running');
    expect(host.driver.configured.map(({ generation }) => generation)).toEqual([2]);
    await host.restart();
    api.use({});
    await host.clock.settle();
    expect(host.driver.configured.map(({ generation }) => generation)).toEqual([2]);
  });

  test('does not get it while the sandbox is suspended; the resume carries it', async () => {
    await create({ name: 'ada' });
    await call('POST', '/sandboxes/ada/suspend');
    await host.clock.settle();
    await patch('ada', { exposed_ports: [3000] });
    await call('POST', '/sandboxes/ada/resume');
    await host.clock.settle();
    expect(host.driver.configured).toEqual([]);
    const resume = host.driver.calls.find(({ kind }) => kind === 'resume');
    expect(resume?.job).toMatchObject({ generation: 2, configuration: { exposedPorts: [3000] } });
  });

  test('gets none for a sandbox whose configuration never changed', async () => {
    host.driver.script('suspend', hang);
    await create({ name: 'ada' });
    await patch('ada', { exposed_ports: [] });
    await host.restart();
    await host.clock.settle();
    expect(host.driver.configured).toEqual([]);
  });
});
