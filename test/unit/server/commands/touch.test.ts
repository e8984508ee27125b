import { describe, expect, test } from 'vitest';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const keepalive = { type: 'keepalive' } as const;

describe('with the policy idle', () => {
  test('activity extends the timeout, which fires without activity', async () => {
    await on.restart({ policy: { timeoutMeasures: 'idle' } });
    const { id } = await on.running('ada', 60);
    for (let n = 0; n < 5; n++) {
      await on.clock.advance(50_000);
      on.host.touch(await on.record(id));
      await on.clock.settle();
    }
    expect((await on.record(id)).status).toBe('running');
    await on.clock.advance(60_000);
    expect((await on.record(id)).status).toBe('suspended');
  });

  test('a burst of requests counts once a second', async () => {
    await on.restart({ policy: { timeoutMeasures: 'idle' } });
    const { id, version } = await on.running('ada', 60);
    for (let n = 0; n < 30; n++) {
      await on.clock.advance(100);
      on.host.touch(await on.record(id));
      await on.clock.settle();
    }
    expect((await on.record(id)).version).toBe(version + 3);
  });

  test('a keepalive is a command like any other', async () => {
    await on.restart({ policy: { timeoutMeasures: 'idle' } });
    const { id } = await on.running('ada', 60);
    await on.clock.advance(10);
    expect((await on.host.send(namespace, id, keepalive)).result.outcome).toBe('applied');
    expect(on.host.why(await on.record(id), 'keepalive')).toBeUndefined();
  });
});

describe('with the policy lifetime', () => {
  test('activity does not extend the lifetime, and a keepalive has nothing to do', async () => {
    const sandbox = await on.running('ada', 60);
    on.host.touch(sandbox);
    await on.clock.settle();
    const { result } = await on.host.send(namespace, sandbox.id, keepalive);
    expect(result).toMatchObject({ outcome: 'unchanged', reason: 'satisfied' });
    expect(on.host.why(sandbox, 'keepalive')).toBeUndefined();
    expect((await on.record(sandbox.id)).version).toBe(sandbox.version);
  });

  test('activity restarts an idle limit beside the lifetime', async () => {
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 600, idleTimeoutSeconds: 60 });
    await on.clock.settle();
    const { idleAt, expiresAt } = await on.record(sandbox.id);
    await on.clock.advance(10_000);
    on.host.touch(await on.record(sandbox.id));
    await on.clock.settle();
    expect(await on.record(sandbox.id)).toMatchObject({ idleAt: (idleAt ?? 0) + 10_000, expiresAt });
  });

  test('a refusal of the machine has its own reason', async () => {
    const sandbox = await on.running('ada', 60);
    await on.host.send(namespace, sandbox.id, { type: 'terminate' });
    const { result } = await on.host.send(namespace, sandbox.id, keepalive);
    expect(result.refusal?.code).toBe('terminal');
    expect(on.host.why(await on.record(sandbox.id), 'keepalive')?.code).toBe('terminal');
  });
});
