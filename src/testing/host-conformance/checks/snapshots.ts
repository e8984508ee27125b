import assert from 'node:assert/strict';
import { DriverError } from '../../../server/driver/driver.ts';
import { NotFoundError, RuleError } from '../../../server/errors.ts';
import type { Check } from '../check.ts';
import { type CheckedHost, type Harness, namespace } from '../harness.ts';

const uses = ['getSnapshot', 'listSnapshots', 'deleteSnapshot'] as const;

/** A snapshot outlives its sandbox, and its data stays as long as a boot reads it. */
export const snapshots: readonly Check[] = [
  {
    name: 'takes a snapshot, lists it, and creates a sandbox from it once it is completed',
    uses,
    async run(harness) {
      const { start, running, platform, eventually, until } = harness;
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const held = platform.hold('snapshot');
      const { result } = await host.send(namespace, id, { type: 'snapshot' });
      const snapshotId = result.sandbox.snapshotId ?? '';
      assert.equal((await host.getSnapshot(namespace, snapshotId)).status, 'in_progress');
      const early = host.create({ namespace, configuration: { snapshotId } });
      await assert.rejects(early, RuleError, 'a snapshot that is not complete cannot be restored');
      await eventually('The capture must start', held.call);
      held.finish();
      await until(host, id, 'running');
      const record = await host.getSnapshot(namespace, snapshotId);
      assert.deepEqual([record.status, record.sandboxId, record.sizeBytes], ['completed', id, 7]);
      const { items } = await host.listSnapshots({ namespace, limit: 9 });
      assert.deepEqual(items, [record]);
      await assert.rejects(host.getSnapshot('elsewhere', snapshotId), NotFoundError);
      const { sandbox } = await host.create({ namespace, configuration: { snapshotId } });
      await until(host, sandbox.id, 'running');
      const boot = platform.calls.find(({ sandboxId }) => sandboxId === sandbox.id);
      assert.equal(boot?.snapshotId, snapshotId, 'the boot must read the snapshot');
    },
  },
  {
    name: 'records a capture that failed, with the reason, and lets the sandbox run on',
    uses,
    async run({ start, running, platform, until }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      platform.fail('snapshot', new DriverError('no space', { retryable: false }));
      const { result } = await host.send(namespace, id, { type: 'snapshot' });
      await until(host, id, 'running');
      const record = await host.getSnapshot(namespace, result.sandbox.snapshotId ?? '');
      assert.deepEqual([record.status, record.error], ['failed', 'no space']);
    },
  },
  {
    name: 'hides a deleted snapshot at once, and keeps its data while a boot reads it',
    uses,
    async run(harness) {
      const { start, platform, eventually, inTime, quiet, until } = harness;
      const host = await start();
      const snapshotId = await completedSnapshot(harness, host);
      const held = platform.hold('boot');
      const { sandbox } = await host.create({ namespace, configuration: { snapshotId } });
      await eventually('The boot must start', held.call);
      await host.deleteSnapshot(namespace, snapshotId);
      await assert.rejects(host.getSnapshot(namespace, snapshotId), NotFoundError);
      assert.deepEqual((await host.listSnapshots({ namespace, limit: 9 })).items, []);
      await quiet();
      assert.deepEqual(platform.removed, [], 'a boot still reads the data');
      held.finish();
      await until(host, sandbox.id, 'running');
      await inTime('The data must be removed', () => platform.removed.includes(snapshotId));
    },
  },
];

async function completedSnapshot({ running, until }: Harness, host: CheckedHost): Promise<string> {
  const { id } = (await running(host, { name: 'ada' })).sandbox;
  const { result } = await host.send(namespace, id, { type: 'snapshot' });
  await until(host, id, 'running');
  return result.sandbox.snapshotId ?? '';
}
