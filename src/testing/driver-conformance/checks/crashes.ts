import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** What is gone without having been asked to is told, under the name of its incarnation. */
export const crashes: readonly Check[] = [
  {
    name: 'crashed: told as the incarnation that the boot brought up, and there is nothing any more',
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
    name: 'crashed: told as the incarnation that the latest resume brought up',
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
    name: 'crashed: told to everyone who watches, and to nobody who stopped',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      const told: string[] = [];
      const stop = harness.driver().watch(() => told.push('stopped'));
      harness.driver().watch(({ sandboxId }) => sandboxId === id && told.push('watching'));
      stop();
      await harness.do('boot', id, 1);
      await harness.kill(id);
      await harness.mustCrash(id, 1);
      await harness.quiet();
      assert.ok(told.includes('watching'), 'A crash must be told to everyone who watches.');
      assert.ok(!told.includes('stopped'), 'A crash must not be told to someone who stopped watching.');
    },
  },
];
