import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** An unexpected end is reported as a crash of its incarnation. */
export const crashes: readonly Check[] = [
  {
    name: 'crashed: reported with the incarnation of the boot, and the sandbox is absent afterwards',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.kill(id);
      await harness.mustCrash(id, 1);
      await harness.mustBe(id, 'absent', 'after a crash');
      await harness.mustFail('boot', id, 1);
      await harness.mustFail('suspend', id, 2);
      await harness.mustFail('resume', id, 3);
      await harness.do('release', id, 4);
    },
  },
  {
    name: 'crashed: reported with the incarnation of the latest resume',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.quiet();
      await harness.kill(id);
      await harness.mustCrash(id, 3);
    },
  },
  {
    name: 'crashed: reported to every watcher, and not to one that has stopped',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      const reports: string[] = [];
      const stop = harness.driver().watch(() => reports.push('stopped'));
      harness.driver().watch(({ sandboxId }) => sandboxId === id && reports.push('watching'));
      stop();
      await harness.do('boot', id, 1);
      await harness.kill(id);
      await harness.mustCrash(id, 1);
      await harness.quiet();
      assert.ok(reports.includes('watching'), 'The driver must report a crash to every watcher.');
      assert.ok(
        !reports.includes('stopped'),
        'The driver must not report a crash to a watcher that has stopped.',
      );
    },
  },
];
