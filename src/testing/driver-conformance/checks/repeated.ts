import assert from 'node:assert/strict';
import type { PlatformCallKind } from '../../../server/driver/driver.ts';
import type { Check } from '../check.ts';
import type { Harness } from '../harness.ts';

/** Sends the same job three times at once, and once more after that. */
async function callRepeatedly(
  harness: Harness,
  kind: PlatformCallKind,
  id: string,
  operation: number,
  snapshotId?: string,
) {
  const options = snapshotId === undefined ? {} : { snapshotId };
  const one = () => harness.do(kind, id, operation, options);
  const results = await Promise.all([one(), one(), one()]);
  return [...results, await one()];
}

/** A repeated job takes effect once. */
export const repeated: readonly Check[] = [
  {
    name: 'repeated: the same boot starts one sandbox',
    async run(harness) {
      const id = harness.newId();
      await callRepeatedly(harness, 'boot', id, 1);
      await harness.mustBe(id, 'running', 'after the boot');
      await harness.do('release', id, 2);
      await harness.mustBe(id, 'absent', 'after one release');
    },
  },
  {
    name: 'repeated: the same suspend, then the same resume',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await callRepeatedly(harness, 'suspend', id, 2);
      await harness.mustBe(id, 'paused', 'after the suspend');
      await callRepeatedly(harness, 'resume', id, 3);
      await harness.mustBe(id, 'running', 'after the resume');
      assert.deepEqual(
        harness.crashesOf(id),
        [],
        'The driver must not report a suspend or a resume as a crash.',
      );
    },
  },
  {
    name: 'repeated: the same snapshot is captured once and returns the same result',
    async run(harness) {
      const [id, snapshotId, copy] = [harness.newId(), harness.newId(), harness.newId()];
      await harness.do('boot', id, 1);
      const [first, ...others] = await callRepeatedly(harness, 'snapshot', id, 2, snapshotId);
      for (const other of others)
        assert.deepEqual(other, first, 'The repeated snapshot must return the same result.');
      await harness.mustBe(id, 'running', 'after the snapshot');
      await harness.do('boot', copy, 1, { snapshotId });
      await harness.mustBe(copy, 'running', 'after a boot from the snapshot');
    },
  },
  {
    name: 'repeated: the same release',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await callRepeatedly(harness, 'release', id, 2);
      await harness.mustBe(id, 'absent', 'after the release');
    },
  },
  {
    name: 'repeated: the same deletion of a snapshot, and the deletion of an unknown snapshot',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      await harness.callDriver('deleteSnapshot', (driver) => driver.deleteSnapshot(harness.newId()));
      await harness.do('boot', id, 1);
      await harness.do('snapshot', id, 2, { snapshotId });
      for (let time = 0; time < 2; time += 1) {
        await harness.callDriver('deleteSnapshot', (driver) => driver.deleteSnapshot(snapshotId));
      }
      await harness.mustBe(id, 'running', 'after its snapshot was deleted');
      await harness.mustFail('boot', harness.newId(), 1, { snapshotId });
    },
  },
  {
    name: 'repeated: each operation takes effect once',
    needs: 'timesDone',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      const kinds = ['boot', 'snapshot', 'suspend', 'resume', 'release'] as const;
      for (const [before, kind] of kinds.entries()) {
        const operation = before + 1;
        await callRepeatedly(harness, kind, id, operation, kind === 'snapshot' ? snapshotId : undefined);
        const times = await harness.timesDone(id, operation);
        assert.equal(
          times,
          1,
          `${kind} ${operation} must take effect once, but it took effect ${times} times.`,
        );
      }
    },
  },
];
