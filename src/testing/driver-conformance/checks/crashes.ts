import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** An unexpected end is reported as a crash of its incarnation, or as an exit with its code. */
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
    name: 'exited: a program that ends by itself is reported with its exit code',
    needs: 'exit',
    async run(harness) {
      const [completed, failed] = [harness.newId(), harness.newId()];
      await harness.do('boot', completed, 1);
      await harness.do('boot', failed, 1);
      await harness.do('suspend', failed, 2);
      await harness.do('resume', failed, 3);
      await harness.exit(completed, 0);
      await harness.exit(failed, 3);
      await harness.mustExit(completed, 1, 0);
      await harness.mustExit(failed, 3, 3);
      await harness.mustBe(completed, 'absent', 'after an exit');
      await harness.mustShow(failed, ['exited', 'absent'], 'after an exit');
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
