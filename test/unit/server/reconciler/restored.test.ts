import { describe, expect, test } from 'vitest';
import { createApi, type HostOptions } from '../../../../src/server/index.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const minute = 60_000;

/** Lets time pass without a host, and then starts one in the mode for a restored database. */
async function restore(awayMs = minute, options: Partial<HostOptions> = {}): Promise<void> {
  await on.host.close();
  await on.clock.advance(awayMs);
  await on.restart({ restored: true, ...options });
  await on.clock.settle();
}

const causes = async (id: string) =>
  (await on.host.history(namespace, id)).slice(-1).map(({ event, cause }) => `${event.type} ${cause}`);

describe('limits that passed while no host ran', () => {
  test('begin again, of running and of suspended sandboxes', async () => {
    const ephemeral = await on.running(null, 60);
    const { id } = (await on.host.create({ namespace, name: 'kept', suspendedTimeoutSeconds: 60 })).sandbox;
    await on.clock.settle();
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    await restore(60 * minute);
    expect(await on.record(ephemeral.id)).toMatchObject({
      status: 'running',
      expiresAt: on.clock.now() + 60_000,
    });
    expect(await on.record(id)).toMatchObject({ status: 'suspended', discardAt: on.clock.now() + 60_000 });
    expect(await causes(id)).toEqual(['setTimeouts restored']);
    await on.clock.advance(30_000);
    expect((await on.record(ephemeral.id)).status).toBe('running');
  });

  test('stay when they have not passed, and end a sandbox when they do', async () => {
    const { id } = await on.running(null, 3_600);
    const { expiresAt } = await on.record(id);
    await restore(30 * minute);
    expect((await on.record(id)).expiresAt).toBe(expiresAt);
    await on.clock.advance(31 * minute);
    expect(await on.record(id)).toMatchObject({ status: 'terminated', outcome: { reason: 'timeout' } });
  });

  test('begin again once for an idle limit, by the activity that no host could see', async () => {
    const { sandbox } = await on.host.create({ namespace, name: 'idle', idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await restore(60 * minute);
    expect((await on.record(sandbox.id)).idleAt).toBe(on.clock.now() + 60_000);
    expect(await causes(sandbox.id)).toEqual(['keepalive restored']);
  });

  test('end a sandbox at once without the mode', async () => {
    const { id } = await on.running(null, 60);
    await restore(60 * minute, { restored: false });
    expect((await on.record(id)).status).toBe('terminated');
  });
});

describe('while the mode lasts', () => {
  test('/readyz says so', async () => {
    await restore();
    const ready = await createApi(on.host, { clock: on.clock })(new Request('http://127.0.0.1/readyz'));
    expect([ready.status, await ready.text()]).toEqual([
      200,
      'ok, in the mode for a restored database, which destroys nothing by itself',
    ]);
  });

  test('an absence waits for an operator, also a single one', async () => {
    const { id } = await on.running('ada');
    await on.running('other');
    await restore();
    on.driver.platform.delete(id);
    await on.clock.advance(60 * minute);
    expect((await on.record(id)).status).toBe('running');
    expect(on.host.absences()).toMatchObject({ count: 1, sandboxIds: [id] });
    expect(await on.host.confirmAbsences(1)).toEqual([id]);
    expect((await on.record(id)).status).toBe('terminated');
  });

  test('an orphan is reported and stays, whatever the option says', async () => {
    await restore(minute, { orphans: 'release', orphanGraceSeconds: 1 });
    on.driver.platform.set('stray', 'running');
    await on.clock.advance(60 * minute);
    expect(on.driver.platform.get('stray')).toBe('running');
    expect(on.seen).toContainEqual({ type: 'drift', kind: 'orphan', sandboxId: 'stray' });
  });

  test('a sandbox is released when a user terminates it, and after every other end only when the mode is over', async () => {
    const [asked, crashed] = [await on.running('asked'), await on.running('crashed')];
    await restore();
    await on.host.send(namespace, asked.id, { type: 'terminate' });
    on.driver.crash({
      sandboxId: crashed.id,
      incarnation: crashed.incarnation ?? 0,
      reason: 'out of memory',
    });
    on.driver.platform.set(crashed.id, 'paused');
    await on.clock.advance(60 * minute);
    expect((await on.record(crashed.id)).status).toBe('terminated');
    expect(on.driver.platform.has(asked.id)).toBe(false);
    expect(on.driver.platform.has(crashed.id)).toBe(true);
    expect((await on.host.stats()).operations).toMatchObject({ waiting: 1, oldestMs: 0 });
    await on.restart();
    await on.clock.advance(minute);
    expect(on.driver.platform.has(crashed.id)).toBe(false);
  });

  test('a deleted snapshot leaves the answers, and its data stays until the mode is over', async () => {
    const { id } = await on.running('ada');
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await on.clock.settle();
    await restore();
    await on.host.deleteSnapshot(namespace, snapshotId);
    await on.clock.advance(60 * minute);
    expect((await on.host.listSnapshots({ namespace, limit: 10 })).items).toEqual([]);
    expect(on.driver.deletedSnapshots).toEqual([]);
    await on.restart();
    await on.clock.advance(minute);
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('the deletion of a namespace waits until it is requested again', async () => {
    const { id } = await on.running('ada');
    await on.host.close();
    const deletion = { namespace, requestedAt: on.clock.now(), actor: 'root', cause: 'request' };
    const counts = { terminatedSandboxes: 0, deletedSnapshots: 0, deletedRows: 0 };
    await on.store.namespaces?.record(namespace, { ...deletion, ...counts });
    await restore();
    await on.clock.advance(60 * minute);
    expect((await on.record(id)).status).toBe('running');
    await expect(on.host.create({ namespace })).rejects.toThrow('is being deleted');
    await on.host.deleteNamespace(namespace);
    await on.clock.advance(minute);
    expect(await on.host.namespaceDeletion(namespace)).toBeUndefined();
    expect(on.driver.platform.size).toBe(0);
  });
});
