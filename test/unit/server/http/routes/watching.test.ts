import { describe, expect, test } from 'vitest';
import { commands, type Sandbox } from '../../../../../src/index.ts';
import { DriverError } from '../../../../../src/server/index.ts';
import { type Answer, apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { fail, hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

/** The commands that this test sends by their URL. The others have arguments, change the status, or belong to a PATCH. */
const commandsInUrls = new Set(['suspend', 'resume', 'keepalive']);

describe('actions', () => {
  test('match the results of the commands', async () => {
    const id = await create();
    const { body } = await call('GET', `/sandboxes/${id}/actions`);
    expect(body).toMatchObject({ id, version: 2, status: 'running' });
    expect(body.actions.map(({ command }: { command: string }) => command)).toEqual(commands);
    for (const { command, allowed, code, reason } of body.actions) {
      if (!commandsInUrls.has(command)) {
        expect([command, allowed]).toEqual([command, true]);
        continue;
      }
      const answer = await call('POST', `/sandboxes/${id}/${command}`);
      expect([command, answer.status < 300]).toEqual([command, allowed]);
      if (!allowed) {
        expect([answer.headers.get('x-refusal-code'), answer.body]).toEqual([code, reason]);
      }
    }
  });
});

describe('history', () => {
  test('is complete, in pages', async () => {
    const id = await create({ name: 'ada' });
    await call('POST', '/sandboxes/ada/suspend');
    await call('POST', '/sandboxes/ada/resume');
    const whole = (await call('GET', '/sandboxes/ada/history')).body;
    expect(whole.next_after).toBeNull();
    expect(whole.history.map((change: Record<string, unknown>) => [change['from'], change['to']])).toEqual([
      [null, 'pending'],
      ['pending', 'running'],
      ['running', 'suspending'],
      ['suspending', 'suspended'],
      ['suspended', 'suspended'],
      ['suspended', 'running'],
    ]);
    expect(whole.history[0]).toMatchObject({ sandbox_id: id, version: 1, event: { type: 'created' } });
    const parts: unknown[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { body }: Answer = await call('GET', `/sandboxes/ada/history?limit=4&after=${after}`);
      expect(body.history.length).toBeLessThanOrEqual(4);
      parts.push(...body.history);
      after = body.next_after;
    }
    expect(parts).toEqual(whole.history);
    const last = (await call('GET', '/sandboxes/ada')).body;
    expect(whole.history.at(-1).lifecycle).toEqual(last.lifecycle);
    // Exactly as many as requested: then no page follows.
    expect((await call('GET', '/sandboxes/ada/history?limit=6')).body.next_after).toBeNull();
    expect((await call('GET', '/sandboxes/ada/history?after=6')).body.history).toEqual([]);
  });

  test.each([
    ['limit=0', 'limit is 0; use a whole number from 1 to 1000.'],
    ['limit=1001', 'limit is 1001; use a whole number from 1 to 1000.'],
    ['after=-1', `after is -1; use a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`],
    ['after=1e3', `after is 1e3; use a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`],
  ])('rejects %s', async (query, sentence) => {
    await create({ name: 'ada' });
    expect(await call('GET', `/sandboxes/ada/history?${query}`)).toMatchObject({
      status: 400,
      body: sentence,
    });
  });
});

describe('wait', () => {
  const waitFor = (path: string, signal?: AbortSignal) => {
    const answer = api.api(new Request(`${origin}/sandboxes/${path}`, signal ? { signal } : {}));
    return { answer, isOver: async () => (await Promise.race([answer, 'waiting'])) !== 'waiting' };
  };
  const outcome = async (answer: Promise<Response>) => {
    const body = (await (await answer).json()) as { outcome: string; reason: string; sandbox: Sandbox };
    return [body.outcome, body.reason, body.sandbox.status];
  };

  test('responds at once when the status is reached, and when it can never be reached', async () => {
    await create({ name: 'ada' });
    expect((await call('GET', '/sandboxes/ada/wait?status=suspended,running')).body).toMatchObject({
      outcome: 'reached',
      reason: null,
      sandbox: { name: 'ada', status: 'running' },
    });
    expect((await call('GET', '/sandboxes/ada/wait?status=pending')).body).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringMatching(/can never be pending again/),
    });
  });

  test('responds when the status is reached, and not before', async () => {
    await create({ name: 'ada' });
    const { answer, isOver } = waitFor('ada/wait?status=suspended');
    await host.clock.advance(29_000);
    expect(await isOver()).toBe(false);
    await call('POST', '/sandboxes/ada/suspend');
    expect(await outcome(answer)).toEqual(['reached', null, 'suspended']);
  });

  test.each([
    ['', 30_000],
    ['&timeout=60', 60_000],
    ['&timeout=0.5', 500],
    ['&timeout=0', 0],
  ])('ends after its time limit (%s)', async (query, milliseconds) => {
    host.driver.script('boot', hang);
    await create({ name: 'ada' });
    const { answer, isOver } = waitFor(`ada/wait?status=running${query}`);
    if (milliseconds > 0) {
      await host.clock.advance(milliseconds - 1);
      expect(await isOver()).toBe(false);
    }
    await host.clock.advance(1);
    expect(await outcome(answer)).toEqual(['timed_out', expect.any(String), 'pending']);
  });

  test.each([
    ['', /^status is missing; use one of pending, running/],
    ['status=,', /^status is missing/],
    ['status=asleep', /^status is asleep; use one of pending/],
    ['status=running&timeout=61', /^timeout is 61; use seconds from 0 to 60\.$/],
    ['status=running&timeout=-1', /^timeout is -1/],
    ['status=running&timeout=1e1', /^timeout is 1e1/],
  ])('rejects %j', async (query, sentence) => {
    await create({ name: 'ada' });
    expect(await call('GET', `/sandboxes/ada/wait?${query}`)).toMatchObject({
      status: 400,
      body: expect.stringMatching(sentence),
    });
  });

  test('ends when the API closes', async () => {
    await create({ name: 'ada' });
    const { answer } = waitFor('ada/wait?status=suspended');
    await host.clock.settle();
    api.api.close();
    const { status, headers } = await answer;
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('by name stays with its sandbox through a rename, the next owner of the name, and its end', async () => {
    const first = await create({ name: 'ada' });
    const suspended = waitFor('ada/wait?status=suspended');
    const ended = waitFor('ada/wait?status=terminated');
    await host.clock.settle();
    await call('PATCH', '/sandboxes/ada', { name: 'grace' });
    const second = await create({ name: 'ada' });
    await call('POST', '/sandboxes/ada/suspend');
    expect([await suspended.isOver(), await ended.isOver()]).toEqual([false, false]);
    await call('POST', '/sandboxes/grace/suspend');
    expect((await (await suspended.answer).json()) as object).toMatchObject({ sandbox: { id: first } });
    await call('DELETE', `/sandboxes/${second}`);
    expect(await ended.isOver()).toBe(false);
    await call('DELETE', '/sandboxes/grace');
    expect((await (await ended.answer).json()) as object).toMatchObject({
      outcome: 'reached',
      sandbox: { id: first },
    });
  });
});

describe('a wait for what an operation leads to', () => {
  const damaged = new DriverError('The memory image is damaged.', { retryable: false });
  const wait = async (query: string) =>
    (await api.api(new Request(`${origin}/sandboxes/ada/wait?${query}`))).json() as Promise<object>;

  test('ends at once with the reason when it fails, also when it failed just before', async () => {
    await create({ name: 'ada' });
    await call('POST', '/sandboxes/ada/suspend');
    host.driver.script('resume', hang, fail(damaged));
    const running = wait('status=running,snapshotting&timeout=60');
    await call('POST', '/sandboxes/ada/resume');
    await host.clock.advance(300_000);
    expect(await wait('status=running')).toMatchObject({
      outcome: 'failed',
      reason: 'The resume exceeded its time limit.',
    });
    await running;
    await call('POST', '/sandboxes/ada/resume');
    const failed = { outcome: 'failed', reason: 'The resume failed: The memory image is damaged.' };
    expect(await wait('status=running')).toMatchObject({ ...failed, sandbox: { status: 'suspended' } });
    // A failed resume does not end a wait for another status.
    expect(await wait('status=suspended')).toMatchObject({ outcome: 'reached' });
  });

  test('goes on while another operation is in progress, and when the failure is old', async () => {
    await create({ name: 'ada' });
    host.driver.script('suspend', fail(damaged), hang);
    await call('POST', '/sandboxes/ada/suspend');
    await call('POST', '/sandboxes/ada/suspend');
    const retried = wait('status=suspended&timeout=5');
    await host.clock.advance(5_000);
    expect(await retried).toMatchObject({ outcome: 'timed_out' });
    await host.clock.advance(295_000);
    await host.clock.advance(60_001);
    const later = wait('status=suspended&timeout=1');
    await host.clock.advance(1_000);
    expect(await later).toMatchObject({ outcome: 'timed_out' });
  });

  test('says why what can no longer be reached has ended', async () => {
    host.driver.script('boot', fail(damaged));
    await create({ name: 'ada' });
    const { sandboxes } = (await call('GET', '/sandboxes')).body;
    const answer = await call('GET', `/sandboxes/${sandboxes[0].id}/wait?status=running`);
    expect(answer.body).toMatchObject({ outcome: 'unreachable', reason: expect.stringContaining('damaged') });
  });
});

describe('keepalive', () => {
  test('changes nothing without an idle limit', async () => {
    await create({ name: 'ada', timeout_secs: 60 });
    const before = (await call('GET', '/sandboxes/ada')).body;
    await host.clock.advance(10_000);
    expect(await call('POST', '/sandboxes/ada/keepalive')).toMatchObject({ status: 200, body: '' });
    expect((await call('GET', '/sandboxes/ada')).body).toEqual(before);
  });

  test('extends the idle limit and not the run limit of a sandbox that has both', async () => {
    await create({ name: 'ada', timeout_secs: 600, idle_timeout_secs: 60 });
    const before = (await call('GET', '/sandboxes/ada')).body;
    await host.clock.advance(10_000);
    await call('POST', '/sandboxes/ada/keepalive');
    const after = (await call('GET', '/sandboxes/ada')).body;
    expect([after.idle_at, after.expires_at]).toEqual([before.idle_at + 10_000, before.expires_at]);
  });

  test('extends a timeout that measures idle time', async () => {
    await host.restart({ policy: { timeoutMeasures: 'idle' } });
    api.use({});
    await create({ name: 'ada', timeout_secs: 60 });
    const before = (await call('GET', '/sandboxes/ada')).body;
    await host.clock.advance(10_000);
    expect(await call('POST', '/sandboxes/ada/keepalive')).toMatchObject({ status: 200, body: '' });
    const after = (await call('GET', '/sandboxes/ada')).body;
    expect(after.idle_at).toBe(before.idle_at + 10_000);
  });
});
