import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { Kind, Stage } from '../harness.ts';

/** The same job three times at once, and once more when that is over. */
async function often(stage: Stage, kind: Kind, id: string, operation: number, snapshotId?: string) {
  const how = snapshotId === undefined ? {} : { snapshotId };
  const one = () => stage.do(kind, id, operation, how);
  const answers = await Promise.all([one(), one(), one()]);
  return [...answers, await one()];
}

/** The same job may come again: it is not done again. */
export const repeated: readonly Check[] = [
  {
    name: 'twice: the same boot brings up one thing',
    async run(stage) {
      const id = stage.newId();
      await often(stage, 'boot', id, 1);
      await stage.mustBe(id, 'running', 'after the boot');
      await stage.do('release', id, 2);
      await stage.mustBe(id, 'absent', 'after one release');
    },
  },
  {
    name: 'twice: the same suspend, then the same resume',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await often(stage, 'suspend', id, 2);
      await stage.mustBe(id, 'paused', 'after the suspend');
      await often(stage, 'resume', id, 3);
      await stage.mustBe(id, 'running', 'after the resume');
      assert.deepEqual(
        stage.crashesOf(id),
        [],
        'What was suspended and resumed must not be told as a crash.',
      );
    },
  },
  {
    name: 'twice: the same snapshot is captured once, and answered alike',
    async run(stage) {
      const [id, snapshotId, copy] = [stage.newId(), stage.newId(), stage.newId()];
      await stage.do('boot', id, 1);
      const [first, ...others] = await often(stage, 'snapshot', id, 2, snapshotId);
      for (const other of others)
        assert.deepEqual(other, first, 'The same snapshot must have the same answer.');
      await stage.mustBe(id, 'running', 'after the snapshot');
      await stage.do('boot', copy, 1, { snapshotId });
      await stage.mustBe(copy, 'running', 'after a boot from the snapshot');
    },
  },
  {
    name: 'twice: the same release',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await often(stage, 'release', id, 2);
      await stage.mustBe(id, 'absent', 'after the release');
    },
  },
  {
    name: 'twice: the same deletion of a snapshot, and one of what never was',
    async run(stage) {
      const [id, snapshotId] = [stage.newId(), stage.newId()];
      await stage.ask('deleteSnapshot', (driver) => driver.deleteSnapshot(stage.newId()));
      await stage.do('boot', id, 1);
      await stage.do('snapshot', id, 2, { snapshotId });
      for (let time = 0; time < 2; time += 1) {
        await stage.ask('deleteSnapshot', (driver) => driver.deleteSnapshot(snapshotId));
      }
      await stage.mustBe(id, 'running', 'after its snapshot was deleted');
      await stage.mustFail('boot', stage.newId(), 1, { snapshotId });
    },
  },
  {
    name: 'twice: each operation has one effect',
    needs: 'timesDone',
    async run(stage) {
      const [id, snapshotId] = [stage.newId(), stage.newId()];
      const kinds = ['boot', 'snapshot', 'suspend', 'resume', 'release'] as const;
      for (const [before, kind] of kinds.entries()) {
        const operation = before + 1;
        await often(stage, kind, id, operation, kind === 'snapshot' ? snapshotId : undefined);
        const times = await stage.timesDone(id, operation);
        assert.equal(times, 1, `${kind} ${operation} must be carried out once, but was ${times} times.`);
      }
    },
  },
];
