import assert from 'node:assert/strict';
import type { Captured } from '../../../server/driver/driver.ts';
import type { Check } from '../check.ts';
import type { SnapshotType } from '../options.ts';

const everyType: readonly SnapshotType[] = ['filesystem', 'memory'];

/** A snapshot is captured once, with the type of its job. */
export const snapshots: readonly Check[] = [
  {
    name: 'snapshots: a repeated capture returns the first result, also after a restart',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      await harness.do('boot', id, 1);
      const first = await harness.do('snapshot', id, 2, { snapshotId });
      mustBeWellFormed(first);
      const again = await harness.do('snapshot', id, 2, { snapshotId });
      assert.deepEqual(again, first, 'A repeated snapshot must return the result of the first capture.');
      await harness.restart();
      await harness.callDriver('adopt', (driver) => driver.adopt([{ sandboxId: id, incarnation: 1 }]));
      const later = await harness.do('snapshot', id, 2, { snapshotId });
      assert.deepEqual(
        later,
        first,
        'A snapshot that is repeated after a restart must return the result of the first capture.',
      );
    },
  },
  {
    name: 'snapshots: each type that the driver declares reaches the platform, and can be restored',
    needs: 'snapshotTypeOf',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      for (const [index, snapshotType] of (harness.driver().snapshotTypes ?? everyType).entries()) {
        const [snapshotId, copy] = [harness.newId(), harness.newId()];
        await harness.do('snapshot', id, 2 + index, { snapshotId, snapshotType });
        assert.equal(
          await harness.snapshotTypeOf(snapshotId),
          snapshotType,
          `A ${snapshotType} snapshot must reach the platform as ${snapshotType}.`,
        );
        await harness.do('boot', copy, 1, { snapshotId, snapshotType });
        await harness.mustBe(copy, 'running', `after a boot from a ${snapshotType} snapshot`);
      }
    },
  },
];

function mustBeWellFormed({ sizeBytes, uri }: Captured = {}): void {
  if (sizeBytes !== undefined)
    assert.ok(
      Number.isSafeInteger(sizeBytes) && sizeBytes >= 0,
      `The size of a snapshot must be a whole number of bytes, but it is ${sizeBytes}.`,
    );
  if (uri !== undefined)
    assert.ok(
      typeof uri === 'string' && uri !== '',
      `The address of a snapshot must be a text, but it is ${uri}.`,
    );
}
