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

describe('activity', () => {
  /** The rows of activity, as the time since the start and the cause. */
  const written = async (id: string) =>
    (await on.host.history(namespace, id))
      .filter(({ event }) => event.type === 'keepalive')
      .map(({ at, cause }) => `${at - 1_000_000} ${cause}`);
  const create = async (idleTimeoutSeconds: number | undefined, name = 'ada') => {
    const { sandbox } = await on.host.create({ namespace, name, idleTimeoutSeconds });
    await on.clock.settle();
    return sandbox.id;
  };
  const status = async (id: string) => (await on.record(id)).status;
  /** Reports activity every `everyMs`, with the record from the beginning, as a long response does. */
  async function flow(id: string, everyMs: number, times: number): Promise<void> {
    const sandbox = await on.record(id);
    for (let n = 0; n < times; n++) {
      on.host.touch(sandbox);
      await on.clock.advance(everyMs);
    }
  }

  test.each([
    [2, 100, 40, ['200 activity', '1200 activity', '2200 activity', '3200 activity']],
    [40, 1_000, 25, ['1000 activity', '11000 activity', '21000 activity']],
    [3_600, 10_000, 13, ['10000 activity', '70000 activity']],
  ])(
    'under a limit of %d s is written at most every quarter of it, from 1 s to 60 s',
    async (limit, everyMs, times, expected) => {
      const id = await create(limit);
      await flow(id, everyMs, times);
      expect(await written(id)).toEqual(expected);
    },
  );

  test('counts up to its last moment, although it is not written yet', async () => {
    const id = await create(60);
    await flow(id, 1_000, 15);
    on.host.touch(await on.record(id));
    await on.clock.advance(59_999);
    expect(await status(id)).toBe('running');
    expect(await written(id)).toEqual(['1000 activity', '15000 activity']);
    await on.clock.advance(1);
    expect(await status(id)).toBe('suspended');
  });

  test('that cannot be written delays the timeout until it can', async () => {
    const id = await create(60);
    await on.clock.advance(30_000);
    on.host.touch(await on.record(id));
    const { commit } = on.store;
    on.store.commit = async () => Promise.reject(new Error('disk is full'));
    await on.clock.advance(30_500);
    on.store.commit = commit;
    await on.clock.advance(1_000);
    expect(await status(id)).toBe('running');
    expect(await written(id)).toEqual(['30000 activity']);
  });

  test('keeps its time when the clock is set', async () => {
    const id = await create(60);
    await on.clock.advance(500);
    on.host.touch(await on.record(id));
    await on.clock.advance(10_000);
    on.clock.jump(-3_600_000);
    await on.clock.advance(1_000);
    // The step restarts the limit, and nothing older shortens it.
    expect((await on.record(id)).idleAt).toBe(on.clock.now() - 500 + 60_000);
  });

  test('of a limit that is set while it goes on counts', async () => {
    const id = await create(undefined);
    const sandbox = await on.record(id);
    on.host.touch(sandbox);
    await on.host.send(namespace, id, { type: 'setTimeouts', idleTimeoutSeconds: 5 });
    for (let n = 0; n < 10; n++) {
      await on.clock.advance(1_000);
      on.host.touch(sandbox);
    }
    expect(await status(id)).toBe('running');
    await on.clock.advance(5_000);
    expect(await status(id)).toBe('suspended');
  });

  test('of an earlier run does not count for the next one, and sends nothing', async () => {
    const id = await create(60);
    const earlier = await on.record(id);
    on.host.touch(earlier);
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    on.host.touch(earlier);
    await on.host.send(namespace, id, { type: 'resume' });
    await on.clock.advance(30_000);
    on.host.touch(earlier);
    await on.clock.advance(30_000);
    expect(await status(id)).toBe('suspended');
    expect(await written(id)).toEqual([]);
  });

  test('is written when the host stops', async () => {
    const id = await create(60);
    await on.clock.advance(1_000);
    on.host.touch(await on.record(id));
    await on.clock.advance(3_000);
    on.host.touch(await on.record(id));
    const { store } = on;
    await on.host.close();
    const rows = await store.history({ sandboxId: id, after: 0, limit: 9 });
    expect(rows.filter(({ event }) => event.type === 'keepalive').map(({ at }) => at)).toEqual([
      1_001_000, 1_004_000,
    ]);
  });

  test('after the host has stopped is ignored', async () => {
    const id = await create(60);
    const sandbox = await on.record(id);
    await on.host.close();
    await on.clock.advance(20_000);
    const before = on.seen.length;
    on.host.touch(sandbox);
    await on.clock.settle();
    expect(on.seen.length).toBe(before);
    expect(await written(id)).toEqual([]);
  });

  test('costs one row for each idle limit while a sandbox is kept busy', async () => {
    const id = await create(60);
    const release = await on.host.keepBusy(namespace, 'ada');
    await on.clock.advance(600_000);
    expect(await status(id)).toBe('running');
    expect((await written(id)).length).toBeLessThanOrEqual(10);
    release();
    await on.clock.advance(59_999);
    expect(await status(id)).toBe('running');
    await on.clock.advance(1);
    expect(await status(id)).toBe('suspended');
  });

  test('of several callers lasts until the last one has ended, and each ends once', async () => {
    const id = await create(60);
    const one = await on.host.keepBusy(namespace, id);
    const two = await on.host.keepBusy(namespace, id);
    one();
    one();
    await on.clock.advance(300_000);
    expect(await status(id)).toBe('running');
    two();
    await on.clock.advance(60_000);
    expect(await status(id)).toBe('suspended');
  });

  test('follows a sandbox that is renamed, and not the next owner of its name', async () => {
    const id = await create(60);
    await on.host.keepBusy(namespace, 'ada');
    await on.host.send(namespace, id, { type: 'rename', name: 'grace' });
    const next = await create(60, 'ada');
    await on.clock.advance(300_000);
    expect([await status(id), await status(next)]).toEqual(['running', 'suspended']);
  });

  test('does not prevent a suspend, and counts again after the resume', async () => {
    const id = await create(60);
    const release = await on.host.keepBusy(namespace, id);
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.advance(1_000);
    expect(await status(id)).toBe('suspended');
    await on.host.send(namespace, id, { type: 'resume' });
    await on.clock.advance(300_000);
    expect(await status(id)).toBe('running');
    release();
    await on.clock.advance(60_000);
    expect(await status(id)).toBe('suspended');
  });

  test('of a sandbox that has ended is ignored, and of an unknown one an error', async () => {
    const id = await create(60);
    const release = await on.host.keepBusy(namespace, id);
    await on.host.send(namespace, id, { type: 'terminate' });
    release();
    (await on.host.keepBusy(namespace, id))();
    await expect(on.host.keepBusy(namespace, 'none')).rejects.toThrow('none');
    await expect(on.host.keepBusy('elsewhere', id)).rejects.toThrow(id);
  });

  test('does not extend the lifetime', async () => {
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 100, idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await on.host.keepBusy(namespace, sandbox.id);
    await on.clock.advance(100_000);
    expect((await on.record(sandbox.id)).outcome).toMatchObject({ reason: 'timeout', detail: null });
  });
});
