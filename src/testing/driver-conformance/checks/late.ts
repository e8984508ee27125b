import type { Check } from '../check.ts';

/** An operation that comes after a newer one has been carried out changes nothing. */
export const late: readonly Check[] = [
  {
    name: 'late: a suspend does not stop what was resumed since',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.expectNoEffect('suspend', id, 2);
      await harness.quiet();
      await harness.mustBe(id, 'running', 'after a suspend that was late');
    },
  },
  {
    name: 'late: a resume or a boot does not continue what was suspended since',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.do('suspend', id, 4);
      await harness.expectNoEffect('resume', id, 3);
      await harness.expectNoEffect('boot', id, 1);
      await harness.quiet();
      await harness.mustBe(id, 'paused', 'after a resume and a boot that were late');
    },
  },
  {
    name: 'late: a boot after the release brings nothing up',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('release', id, 2);
      await harness.expectNoEffect('boot', id, 1);
      await harness.quiet();
      await harness.mustBe(id, 'absent', 'after a boot that was late');

      const never = harness.newId();
      await harness.do('release', never, 2);
      await harness.expectNoEffect('boot', never, 1);
      await harness.quiet();
      await harness.mustBe(
        never,
        'absent',
        'after a boot that comes for the first time, but after the release',
      );
    },
  },
];
