import { describe, expect, test } from 'vitest';
import {
  type Commit,
  type Job,
  NotFoundError,
  RuleError,
  type SnapshotJob,
  type Store,
} from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { fail, fakeDriver, hang, succeed } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

/** Runs before the next commit of the kind that a test waits for, as another writer would. */
let meanwhile:
  | { readonly isNext: (commit: Commit) => boolean; act(commit: Commit): Promise<unknown> }
  | undefined;

function interruptedStore(): Store {
  const store = memoryStore();
  return {
    ...store,
    async commit(commit) {
      const interruption = meanwhile?.isNext(commit) ? meanwhile : undefined;
      if (interruption) meanwhile = undefined;
      await interruption?.act(commit);
      return store.commit(commit);
    },
  };
}

const store = interruptedStore();
const on = hostFixture({ store });

/** Takes a snapshot of a new sandbox, and returns its id. */
async function taken(): Promise<string> {
  on.driver.script('snapshot', succeed);
  const { id } = await on.running(null);
  const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
  await on.clock.settle();
  return entry.sandbox.snapshotId ?? '';
}

/** Starts a capture that is ready to restore, and continues until it is aborted. */
async function ready(): Promise<{ id: string; snapshotId: string }> {
  on.driver.script('snapshot', (job) => {
    (job as SnapshotJob).localReady?.();
    return hang(job as Job);
  });
  const { id } = await on.running('ada');
  const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
  await on.clock.settle();
  return { id, snapshotId: entry.sandbox.snapshotId ?? '' };
}

const restore = (snapshotId: string) => on.host.create({ namespace, configuration: { snapshotId } });
const isCreation = ({ change }: Commit) => change?.before === null;
const statusOf = async (id: string) => (await on.record(id)).status;

describe('a creation from a snapshot', () => {
  test('is rejected when the snapshot is deleted between the check and the commit', async () => {
    const snapshotId = await taken();
    meanwhile = { isNext: isCreation, act: () => on.host.deleteSnapshot(namespace, snapshotId) };
    await expect(restore(snapshotId)).rejects.toThrow(NotFoundError);
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
    expect((await store.list({ namespace, limit: 99, statuses: ['pending'] })).items).toEqual([]);
  });

  test('is rejected when the snapshot fails between the check and the commit', async () => {
    const { id, snapshotId } = await ready();
    meanwhile = { isNext: isCreation, act: () => on.host.send(namespace, id, { type: 'terminate' }) };
    await expect(restore(snapshotId)).rejects.toThrow(RuleError);
  });
});

describe('the data of a snapshot stays', () => {
  test('while a boot reads it, although the snapshot is deleted', async () => {
    const snapshotId = await taken();
    let finish = () => {};
    on.driver.script('boot', () => new Promise((resolve) => (finish = () => resolve(undefined))));
    const { sandbox } = await restore(snapshotId);
    await on.clock.settle();
    await on.host.deleteSnapshot(namespace, snapshotId);
    await expect(on.host.getSnapshot(namespace, snapshotId)).rejects.toThrow(NotFoundError);
    await on.clock.advance(200_000);
    expect(on.driver.deletedSnapshots).toEqual([]);
    finish();
    await on.clock.settle();
    expect(await statusOf(sandbox.id)).toBe('running');
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('between the attempts of a boot', async () => {
    const snapshotId = await taken();
    const busy = fail(new Error('busy'));
    on.driver.script('boot', busy, busy, busy, succeed);
    await restore(snapshotId);
    await on.clock.settle();
    await on.host.deleteSnapshot(namespace, snapshotId);
    await on.clock.advance(300);
    expect(on.driver.deletedSnapshots).toEqual([]);
    await on.clock.advance(60_000);
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('across a restart of the host', async () => {
    const snapshotId = await taken();
    on.driver.script('boot', hang);
    const { sandbox } = await restore(snapshotId);
    await on.host.deleteSnapshot(namespace, snapshotId);
    const driver = fakeDriver(on.driver.platform);
    driver.script('boot', fail(new Error('busy')));
    await on.restart({ driver });
    await on.clock.advance(120_000);
    expect(driver.deletedSnapshots).toEqual([]);
    driver.script('boot', succeed);
    await on.clock.advance(60_000);
    expect(await statusOf(sandbox.id)).toBe('running');
    expect(driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('until the end of the boot when the capture fails after it was ready', async () => {
    const { id, snapshotId } = await ready();
    on.driver.script('boot', hang);
    const { sandbox } = await restore(snapshotId);
    await on.host.send(namespace, id, { type: 'terminate' });
    await on.clock.advance(120_000);
    expect((await on.host.getSnapshot(namespace, snapshotId)).status).toBe('failed');
    expect(on.driver.deletedSnapshots).toEqual([]);
    await on.host.send(namespace, sandbox.id, { type: 'terminate' });
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('until the end of the boot when the capture completes after it was aborted', async () => {
    let finish = () => {};
    on.driver.script('snapshot', (job) => {
      (job as SnapshotJob).localReady?.();
      return new Promise((resolve) => (finish = () => resolve(undefined)));
    });
    const { id } = await on.running('ada');
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    await on.clock.settle();
    const snapshotId = entry.sandbox.snapshotId ?? '';
    on.driver.script('boot', hang);
    const { sandbox } = await restore(snapshotId);
    await on.host.send(namespace, id, { type: 'terminate' });
    finish();
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([]);
    await on.host.send(namespace, sandbox.id, { type: 'terminate' });
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });

  test('until the last of several boots has ended', async () => {
    const snapshotId = await taken();
    on.driver.script('boot', hang);
    const readers = [await restore(snapshotId), await restore(snapshotId)];
    await on.host.deleteSnapshot(namespace, snapshotId);
    for (const { sandbox } of readers) {
      await on.clock.settle();
      expect(on.driver.deletedSnapshots).toEqual([]);
      await on.host.send(namespace, sandbox.id, { type: 'terminate' });
    }
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
  });
});

describe('the removal of a snapshot whose capture was aborted', () => {
  test('waits until the capture has settled, and its record stays removable until then, also for the next server', async () => {
    let finish = () => {};
    on.driver.script('snapshot', () => new Promise((resolve) => (finish = () => resolve(undefined))));
    const { id } = await on.running('ada');
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await on.clock.settle();
    await on.host.send(namespace, id, { type: 'terminate' });
    await on.clock.advance(60_000);
    expect((await on.host.getSnapshot(namespace, snapshotId)).status).toBe('failed');
    expect(on.driver.deletedSnapshots).toEqual([]);
    expect(await store.removableSnapshots('', 9)).toEqual([snapshotId]);
    finish();
    await on.clock.settle();
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
    expect(await store.removableSnapshots('', 9)).toEqual([]);
  });
});

describe('a snapshot record', () => {
  test('is not set back by a report that was overtaken', async () => {
    on.driver.script('snapshot', (job) => {
      (job as SnapshotJob).localReady?.();
      return hang(job as Job);
    });
    const { id } = await on.running(null);
    // Another report completes the record between the read and the commit of `local_ready`.
    meanwhile = {
      isNext: ({ snapshot }) => snapshot?.status === 'local_ready',
      act: async ({ snapshot }) =>
        snapshot && store.commit({ snapshot: { ...snapshot, status: 'completed' } }),
    };
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await on.clock.settle();
    expect(meanwhile).toBeUndefined();
    expect((await on.host.getSnapshot(namespace, snapshotId)).status).toBe('completed');
  });

  test('stays for a day after its deletion, so that a repeated deletion succeeds', async () => {
    const snapshotId = await taken();
    await on.host.deleteSnapshot(namespace, snapshotId);
    await on.clock.advance(23 * 3_600_000);
    await on.host.deleteSnapshot(namespace, snapshotId);
    expect(on.driver.deletedSnapshots).toEqual([snapshotId]);
    await on.clock.advance(2 * 3_600_000);
    await expect(on.host.deleteSnapshot(namespace, snapshotId)).rejects.toThrow(NotFoundError);
  });
});
