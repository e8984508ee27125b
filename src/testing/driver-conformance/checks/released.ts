import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, moments } from '../check.ts';

/** A release frees everything, whatever the state of the sandbox and its record. */
export const released: readonly Check[] = [
  {
    name: 'released: suspend, resume and snapshot fail, and no crash is reported',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('release', id, 2);
      await harness.mustBe(id, 'absent', 'after the release');
      await harness.mustFail('suspend', id, 3);
      await harness.mustFail('resume', id, 4);
      await harness.mustFail('snapshot', id, 5, { snapshotId: harness.newId() });
      await harness.do('release', id, 6);
      await harness.quiet();
      assert.deepEqual(harness.crashesOf(id), [], 'The driver must not report a release as a crash.');
    },
  },
  {
    name: 'released: an unknown sandbox, with or without an operation id',
    async run(harness) {
      for (const operation of [0, 1, 7]) await harness.do('release', harness.newId(), operation);
      const id = harness.newId();
      await harness.mustFail('suspend', id, 1);
      await harness.mustFail('resume', id, 2);
      await harness.mustFail('snapshot', id, 3, { snapshotId: harness.newId() });
    },
  },
  {
    name: 'released without a record (operation 0): running and paused sandboxes end',
    async run(harness) {
      const [running, paused] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.do('boot', paused, 1);
      await harness.do('suspend', paused, 2);
      await harness.do('release', running, 0);
      await harness.do('release', paused, 0);
      await harness.mustBe(running, 'absent', 'after a release as operation 0');
      await harness.mustBe(paused, 'absent', 'after a release as operation 0');
    },
  },
  {
    name: 'released during its boot, aborted or not: nothing runs afterwards',
    async run(harness) {
      const cases = moments.flatMap((momentMs) =>
        [true, false].map((isAborted) => ({ momentMs, isAborted })),
      );
      await Promise.all(
        cases.map(async ({ momentMs, isAborted }) => {
          const id = harness.newId();
          const controller = new AbortController();
          const settled = harness.call('boot', id, 1, { signal: controller.signal }).catch(() => {});
          if (momentMs > 0) await sleep(momentMs);
          if (isAborted) controller.abort(new Error('aborted'));
          await Promise.all([settled, harness.do('release', id, 2)]);
          await harness.quiet();
          await harness.mustBe(id, 'absent', `after a release ${momentMs} ms into the boot`);
        }),
      );
    },
  },
];
