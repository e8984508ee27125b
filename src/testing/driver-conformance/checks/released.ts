import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, moments } from '../check.ts';

/** A release gives up everything, whatever there is and whoever knows of it. */
export const released: readonly Check[] = [
  {
    name: 'released: nothing is left to suspend, resume or capture, and nobody calls it a crash',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('release', id, 2);
      await stage.mustBe(id, 'absent', 'after the release');
      await stage.mustFail('suspend', id, 3);
      await stage.mustFail('resume', id, 4);
      await stage.mustFail('snapshot', id, 5, { snapshotId: stage.newId() });
      await stage.do('release', id, 6);
      await stage.quiet();
      assert.deepEqual(stage.crashesOf(id), [], 'What was released must not be told as a crash.');
    },
  },
  {
    name: 'released: what never was, by an operation of its own or without one',
    async run(stage) {
      for (const operation of [0, 1, 7]) await stage.do('release', stage.newId(), operation);
      const id = stage.newId();
      await stage.mustFail('suspend', id, 1);
      await stage.mustFail('resume', id, 2);
      await stage.mustFail('snapshot', id, 3, { snapshotId: stage.newId() });
    },
  },
  {
    name: 'released without a record (operation 0): it ends what runs and what is paused',
    async run(stage) {
      const [running, paused] = [stage.newId(), stage.newId()];
      await stage.do('boot', running, 1);
      await stage.do('boot', paused, 1);
      await stage.do('suspend', paused, 2);
      await stage.do('release', running, 0);
      await stage.do('release', paused, 0);
      await stage.mustBe(running, 'absent', 'after a release as operation 0');
      await stage.mustBe(paused, 'absent', 'after a release as operation 0');
    },
  },
  {
    name: 'released during its boot, called off or not: nothing comes up',
    async run(stage) {
      const plays = moments.flatMap((momentMs) =>
        [true, false].map((isCalledOff) => ({ momentMs, isCalledOff })),
      );
      await Promise.all(
        plays.map(async ({ momentMs, isCalledOff }) => {
          const id = stage.newId();
          const controller = new AbortController();
          const settled = stage.call('boot', id, 1, { signal: controller.signal }).catch(() => {});
          if (momentMs > 0) await sleep(momentMs);
          if (isCalledOff) controller.abort(new Error('called off'));
          await Promise.all([settled, stage.do('release', id, 2)]);
          await stage.quiet();
          await stage.mustBe(id, 'absent', `after a release ${momentMs} ms into the boot`);
        }),
      );
    },
  },
];
