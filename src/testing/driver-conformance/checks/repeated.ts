import assert from 'node:assert/strict';
import type { PlatformCallKind } from '../../../server/driver/driver.ts';
import type { Check } from '../check.ts';
import type { Harness } from '../harness.ts';

/** The same job three times at once, and once more when that is over. */
async function often(
  harness: Harness,
  kind: PlatformCallKind,
  id: string,
  operation: number,
  snapshotId?: string,
) {
  const how = snapshotId === undefined ? {} : { snapshotId };
  const one = () => harness.do(kind, id, operation, how);
  const answers = await Promise.all([one(), one(), one()]);
  return [...answers, await one()];
}

/** The same job may come again: it is not done again. */
export const repeated: readonly Check[] = [
  {
    name: 'twice: the same boot brings up one thing',
    async run(harness) {
      const id = harness.newId();
      await often(harness, 'boot', id, 1);
      await harness.mustBe(id, 'running', 'after the boot');
      await harness.do('release', id, 2);
      await harness.mustBe(id, 'absent', 'after one release');
    },
  },
  {
    name: 'twice: the same suspend, then the same resume',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await often(harness, 'suspend', id, 2);
      await harness.mustBe(id, 'paused', 'after the suspend');
      await often(harness, 'resume', id, 3);
      await harness.mustBe(id, 'running', 'after the resume');
      assert.deepEqual(
        harness.crashesOf(id),
        [],
        'What was suspended and resumed must not be told as a crash.',
      );
    },
  },
  {
    name: 'twice: the same snapshot is captured once, and answered alike',
    async run(harness) {
      const [id, snapshotId, copy] = [harness.newId(), harness.newId(), harness.newId()];
      await harness.do('boot', id, 1);
      const [first, ...others] = await often(harness, 'snapshot', id, 2, snapshotId);
      for (const other of others)
        assert.deepEqual(other, first, 'The same snapshot must have the same answer.');
      await harness.mustBe(id, 'running', 'after the snapshot');
      await harness.do('boot', copy, 1, { snapshotId });
      await harness.mustBe(copy, 'running', 'after a boot from the snapshot');
    },
  },
  {
    name: 'twice: the same release',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await often(harness, 'release', id, 2);
      await harness.mustBe(id, 'absent', 'after the release');
    },
  },
  {
    name: 'twice: the same deletion of a snapshot, and one of what never was',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      await harness.ask('deleteSnapshot', (driver) => driver.deleteSnapshot(harness.newId()));
      await harness.do('boot', id, 1);
      await harness.do('snapshot', id, 2, { snapshotId });
      for (let time = 0; time < 2; time += 1) {
        await harness.ask('deleteSnapshot', (driver) => driver.deleteSnapshot(snapshotId));
      }
      await harness.mustBe(id, 'running', 'after its snapshot was deleted');
      await harness.mustFail('boot', harness.newId(), 1, { snapshotId });
    },
  },
  {
    name: 'twice: each operation has one effect',
    needs: 'timesDone',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      const kinds = ['boot', 'snapshot', 'suspend', 'resume', 'release'] as const;
      for (const [before, kind] of kinds.entries()) {
        const operation = before + 1;
        await often(harness, kind, id, operation, kind === 'snapshot' ? snapshotId : undefined);
        const times = await harness.timesDone(id, operation);
        assert.equal(times, 1, `${kind} ${operation} must be carried out once, but was ${times} times.`);
      }
    },
  },
];
