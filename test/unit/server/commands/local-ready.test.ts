import { expect, test } from 'vitest';
import type { Job, SnapshotJob } from '../../../../src/server/index.ts';
import { hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();

/** Starts a capture that is locally ready at once, and continues until the test ends it. */
async function capture(): Promise<{ id: string; snapshotId: string; finish: () => Promise<void> }> {
  let finish = () => {};
  on.driver.script('snapshot', (job) => {
    (job as SnapshotJob).localReady?.();
    return Promise.race([
      hang(job as Job),
      new Promise<undefined>((resolve) => (finish = () => resolve(undefined))),
    ]);
  });
  const { id } = await on.running('ada');
  const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
  await on.clock.settle();
  return {
    id,
    snapshotId: entry.sandbox.snapshotId ?? '',
    async finish() {
      finish();
      await on.clock.settle();
    },
  };
}
const status = async (id: string) => (await on.host.getSnapshot(namespace, id)).status;

test('a locally ready snapshot can be restored, and is completed at the end of its capture', async () => {
  const { snapshotId, finish } = await capture();
  expect(await status(snapshotId)).toBe('local_ready');
  const made = await on.host.create({ namespace, configuration: { snapshotId } });
  expect(made.configuration.snapshotId).toBe(snapshotId);
  await finish();
  expect(await status(snapshotId)).toBe('completed');
});

test('a locally ready snapshot fails when its sandbox ends first', async () => {
  const { id, snapshotId } = await capture();
  await on.host.send(namespace, id, { type: 'terminate' });
  expect(await status(snapshotId)).toBe('failed');
});

test('the data of a deleted snapshot stays until the end of its capture', async () => {
  const { snapshotId, finish } = await capture();
  await on.host.deleteSnapshot(namespace, snapshotId);
  await on.clock.settle();
  expect(on.driver.deletedSnapshots).toEqual([]);
  await finish();
  expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
});

test('a report of a settled snapshot changes nothing', async () => {
  let late = () => {};
  on.driver.script('snapshot', async (job) => {
    late = () => (job as SnapshotJob).localReady?.();
    return undefined;
  });
  const { id } = await on.running('ada');
  const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
  await on.clock.settle();
  late();
  await on.clock.settle();
  expect(await status(entry.sandbox.snapshotId ?? '')).toBe('completed');
});
