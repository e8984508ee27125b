import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** What is gone without having been asked to is told, under the name of its incarnation. */
export const crashes: readonly Check[] = [
  {
    name: 'crashed: told as the incarnation that the boot brought up, and there is nothing any more',
    needs: 'kill',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.kill(id);
      await stage.mustCrash(id, 1);
      await stage.mustBe(id, 'absent', 'after a crash');
      await stage.mustFail('boot', id, 1);
      await stage.mustFail('suspend', id, 2);
      await stage.mustFail('resume', id, 3);
      await stage.do('release', id, 4);
    },
  },
  {
    name: 'crashed: told as the incarnation that the latest resume brought up',
    needs: 'kill',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('suspend', id, 2);
      await stage.do('resume', id, 3);
      await stage.quiet();
      await stage.kill(id);
      await stage.mustCrash(id, 3);
    },
  },
  {
    name: 'crashed: told to everyone who watches, and to nobody who stopped',
    needs: 'kill',
    async run(stage) {
      const id = stage.newId();
      const told: string[] = [];
      const stop = stage.driver().watch(() => told.push('stopped'));
      stage.driver().watch(({ sandboxId }) => sandboxId === id && told.push('watching'));
      stop();
      await stage.do('boot', id, 1);
      await stage.kill(id);
      await stage.mustCrash(id, 1);
      await stage.quiet();
      assert.ok(told.includes('watching'), 'A crash must be told to everyone who watches.');
      assert.ok(!told.includes('stopped'), 'A crash must not be told to someone who stopped watching.');
    },
  },
];
