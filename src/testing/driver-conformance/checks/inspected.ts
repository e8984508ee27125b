import type { Check } from '../check.ts';

/** `inspect` shows the real state of one sandbox. A driver without it passes. */
export const inspected: readonly Check[] = [
  {
    name: 'inspected: running and paused sandboxes, and unknown ones',
    async run(harness) {
      const [id, unknown] = [harness.newId(), harness.newId()];
      await harness.mustShow(unknown, ['absent'], 'without a boot');
      await harness.do('boot', id, 1);
      await harness.mustShow(id, ['running'], 'after the boot');
      await harness.do('suspend', id, 2);
      await harness.mustShow(id, ['paused'], 'after the suspend');
      await harness.restart();
      await harness.mustShow(id, ['paused'], 'after a restart, before the adoption');
      await harness.callDriver('adopt', (driver) => driver.adopt([{ sandboxId: id, incarnation: null }]));
      await harness.do('resume', id, 3);
      await harness.mustShow(id, ['running'], 'after the resume');
      await harness.do('release', id, 4);
      await harness.mustShow(id, ['absent', 'exited'], 'after the release');
      await harness.mustShow(unknown, ['absent'], 'without a boot');
    },
  },
  {
    name: 'inspected: a sandbox that has ended is never shown as running or paused',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.kill(id);
      await harness.mustCrash(id, 1);
      await harness.mustShow(id, ['exited', 'absent'], 'after a crash');
      await harness.restart();
      await harness.mustShow(id, ['exited', 'absent'], 'after a crash and a restart');
    },
  },
];
