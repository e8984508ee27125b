import { describe, expect, test } from 'vitest';
import { changeInfoSchema, unappliedInfoSchema } from '../../../../../src/schema/http/responses.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { type Block, eventReader } from '../../../../harness/server/event-stream.ts';
import { hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const open = async (path: string, headers: Record<string, string> = {}) => {
  const events = eventReader(await api.api(new Request(origin + path, { headers })));
  const first = await events.take(2);
  return { ...events, first };
};
const summaries = (blocks: readonly (Block | undefined)[]) =>
  blocks.map((block) => [block?.event, block?.data.event.type, block?.data.version]);

describe('an unapplied event', () => {
  test('is sent to clients that request it, with the reason and without an id', async () => {
    const id = await create();
    const events = await open(`/sandboxes/${id}/events?unapplied=true`);
    const answer = await call('POST', `/sandboxes/${id}/suspend`, undefined, { 'x-request-id': 'r1' });
    const refusal = await events.next();
    expect(refusal).toEqual({
      event: 'refused',
      data: {
        sandbox_id: id,
        version: 2,
        at: host.clock.now(),
        event: { type: 'suspend', at: host.clock.now() },
        actor: 'user',
        cause: 'r1',
        code: 'ephemeral',
        reason: answer.body,
      },
    });
    expect(answer.body).toMatch(/^Cannot suspend a running sandbox: it has no name/);
    await events.cancel();
  });

  test('may also be a report, or a command whose effect already holds', async () => {
    host.driver.script('suspend', hang);
    const id = await create({ name: 'ada' });
    const events = await open('/sandboxes/events?unapplied=true');
    await call('POST', '/sandboxes/ada/resume');
    host.driver.crash({ sandboxId: id, incarnation: 99, reason: 'exited' });
    await host.clock.settle();
    await call('POST', '/sandboxes/ada/suspend');
    await call('POST', '/sandboxes/ada/suspend');
    const blocks = await events.take(4);
    for (const block of blocks) {
      const schema = block?.event === 'change' ? changeInfoSchema : unappliedInfoSchema;
      expect(schema.safeParse(block?.data).error).toBeUndefined();
    }
    expect(summaries(blocks)).toEqual([
      ['unchanged', 'resume', 2],
      ['unchanged', 'crashed', 2],
      ['change', 'suspend', 3],
      ['unchanged', 'suspend', 3],
    ]);
    expect(blocks.map((block) => [block?.id, block?.data.code, block?.data.reason])).toEqual([
      [undefined, 'satisfied', 'Nothing to change: the sandbox is already in that state.'],
      [undefined, 'stale', 'It arrived too late: it belongs to an operation or incarnation that has ended.'],
      [3, undefined, undefined],
      [undefined, 'joined', 'The operation is already in progress.'],
    ]);
    expect(blocks[1]?.data).toMatchObject({ actor: 'platform' });
    await events.cancel();
  });

  test('is in order among the changes, also for a late reader', async () => {
    await create({ name: 'ada' });
    const events = await open('/sandboxes/events?unapplied=true');
    for (const command of ['keepalive', 'suspend', 'snapshot', 'resume', 'keepalive'])
      await call('POST', `/sandboxes/ada/${command}`);
    expect(summaries(await events.take(7))).toEqual([
      ['unchanged', 'keepalive', 2],
      ['change', 'suspend', 3],
      ['change', 'suspend.completed', 4],
      ['refused', 'snapshot', 4],
      ['change', 'resume', 5],
      ['change', 'resume.completed', 6],
      ['unchanged', 'keepalive', 6],
    ]);
    await events.cancel();
  });

  test('is not sent without a request for it, nor for another sandbox or namespace', async () => {
    const id = await create();
    await create({ name: 'other' });
    const silent = await Promise.all([
      open('/sandboxes/events'),
      open(`/sandboxes/${id}/events`),
      open('/sandboxes/events?unapplied=false'),
      open('/sandboxes/other/events?unapplied=true'),
      open('/v1/namespaces/elsewhere/sandboxes/events?unapplied=true'),
    ]);
    const next = silent.map((events) => events.next());
    await call('POST', `/sandboxes/${id}/suspend`);
    await host.clock.advance(14_000);
    expect(await Promise.race([...next, 'silence'])).toBe('silence');
    await host.clock.advance(1_000);
    for (const block of await Promise.all(next)) expect(block).toEqual({ comment: 'heartbeat' });
    for (const events of silent) await events.cancel();
  });

  test('is sent once: not to a later client, nor after a reconnect', async () => {
    await create({ name: 'ada' });
    const events = await open('/sandboxes/events?unapplied=true');
    await call('POST', '/sandboxes/ada/keepalive');
    expect((await events.next())?.event).toBe('unchanged');
    await events.cancel();
    await call('POST', '/sandboxes/ada/keepalive');
    const place = { 'last-event-id': String(events.first[1]?.id) };
    const again = eventReader(
      await api.api(new Request(`${origin}/sandboxes/events?unapplied=true`, { headers: place })),
    );
    await again.next();
    const next = again.next();
    await host.clock.settle();
    await call('DELETE', '/sandboxes/ada');
    expect(summaries([await next])).toEqual([['change', 'terminate', 3]]);
    await again.cancel();
  });

  test('is sent once for a request that is repeated under its key', async () => {
    await create({ name: 'ada' });
    const events = await open('/sandboxes/events?unapplied=true');
    for (let sent = 0; sent < 2; sent++)
      await call('POST', '/sandboxes/ada/keepalive', undefined, { 'idempotency-key': 'k' });
    await call('DELETE', '/sandboxes/ada');
    expect(summaries(await events.take(2))).toEqual([
      ['unchanged', 'keepalive', 2],
      ['change', 'terminate', 3],
    ]);
    await events.cancel();
  });

  test('is dropped, the oldest first, when the reader reads nothing', async () => {
    await create({ name: 'ada' });
    const events = await open('/sandboxes/events?unapplied=true');
    for (let sent = 0; sent < 1_500; sent++)
      await host.host.send('default', 'ada', { type: 'keepalive' }, { cause: `${sent}` });
    await host.clock.settle();
    await call('DELETE', '/sandboxes/ada');
    const causes: string[] = [];
    for (let block = await events.next(); block?.event === 'unchanged'; block = await events.next())
      causes.push(block.data.cause);
    expect(causes.length).toBeLessThanOrEqual(1_300);
    expect(causes.at(-1)).toBe('1499');
    expect(causes).toEqual(causes.toSorted((one, other) => Number(one) - Number(other)));
    await events.cancel();
  });

  test.each(['yes', '1', 'TRUE'])('cannot be requested with %j', async (value) => {
    const { status, body } = await call('GET', `/sandboxes/events?unapplied=${value}`);
    expect([status, body]).toEqual([400, `unapplied is ${value}; use true or false.`]);
  });
});
