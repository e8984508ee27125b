import { describe, expect, test } from 'vitest';
import { createApi, createHost, RuleError, type SnapshotJob } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { fakeDriver } from '../../../harness/server/fake-driver.ts';
import { namespace } from '../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

/** A running sandbox on a driver that can take these types of snapshots. */
async function running(snapshotTypes?: readonly ('filesystem' | 'memory')[]) {
  const driver = { ...fakeDriver(), ...(snapshotTypes && { snapshotTypes }) };
  const clock = virtualClock();
  const host = await createHost({ store: memoryStore(), driver, clock });
  const { sandbox } = await host.create({ namespace });
  await clock.settle();
  const jobs = () =>
    driver.calls.flatMap(({ kind, job }) => (kind === 'snapshot' ? [job as SnapshotJob] : []));
  return { host, id: sandbox.id, clock, jobs };
}

describe('the type of a snapshot', () => {
  test.each([
    [undefined, undefined, 'filesystem'],
    [undefined, 'memory', 'memory'],
    [['filesystem'], undefined, 'filesystem'],
    [['memory'], undefined, 'memory'],
    [['memory', 'filesystem'], undefined, 'memory'],
    [['memory', 'filesystem'], 'filesystem', 'filesystem'],
  ] as const)('of a driver that takes %j, requested as %s, is %s', async (types, requested, expected) => {
    const { host, id, clock, jobs } = await running(types);
    expect(host.snapshotTypes).toEqual(types ?? ['filesystem', 'memory']);
    await host.send(namespace, id, { type: 'snapshot', ...(requested && { snapshotType: requested }) });
    await clock.settle();
    const [job] = jobs();
    expect(job?.snapshotType).toBe(expected);
    expect((await host.getSnapshot(namespace, job?.snapshotId ?? '')).type).toBe(expected);
    await host.close();
  });

  test.each([undefined, ['filesystem'], ['memory', 'filesystem']] as const)(
    'is one of those that the API lists for the sandbox: %j',
    async (types) => {
      const { host, id } = await running(types);
      const api = createApi(host);
      for (const path of [`/sandboxes/${id}`, '/sandboxes']) {
        const response = await api(new Request(`http://127.0.0.1${path}`));
        const body = (await response.json()) as { sandboxes?: object[] };
        const [info] = body.sandboxes ?? [body];
        expect(info).toMatchObject({ snapshot_types: types ?? ['filesystem', 'memory'] });
      }
      api.close();
      await host.close();
    },
  );

  test('is refused when the driver cannot take it, and nothing changes', async () => {
    const { host, id, clock, jobs } = await running(['filesystem']);
    const sent = host.send(namespace, id, { type: 'snapshot', snapshotType: 'memory' });
    await expect(sent).rejects.toThrow(RuleError);
    await expect(sent).rejects.toThrow('cannot take memory snapshots; use filesystem.');
    await clock.settle();
    expect(jobs()).toEqual([]);
    expect((await host.get(namespace, id)).sandbox).toMatchObject({ status: 'running', version: 2 });
    await host.close();
  });
});
