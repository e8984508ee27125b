import type { Check } from '../check.ts';

/** An operation that arrives after a newer one has completed changes nothing. */
export const late: readonly Check[] = [
  {
    name: 'late: a suspend does not pause a sandbox that was resumed since',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.expectNoEffect('suspend', id, 2);
      await harness.quiet();
      await harness.mustBe(id, 'running', 'after a late suspend');
    },
  },
  {
    name: 'late: a resume or a boot does not continue a sandbox that was suspended since',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.do('suspend', id, 4);
      await harness.expectNoEffect('resume', id, 3);
      await harness.expectNoEffect('boot', id, 1);
      await harness.quiet();
      await harness.mustBe(id, 'paused', 'after a late resume and a late boot');
    },
  },
  {
    name: 'late: an operation that is older than the newest one of a sandbox succeeds, or fails as stale',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.expectStale('boot', id, 1);
      await harness.expectStale('suspend', id, 2);
      await harness.quiet();
      await harness.mustBe(id, 'running', 'after a late boot and a late suspend');
    },
  },
  {
    name: 'late: a boot after the release starts nothing',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('release', id, 2);
      await harness.expectNoEffect('boot', id, 1);
      await harness.quiet();
      await harness.mustBe(id, 'absent', 'after a late boot');

      const never = harness.newId();
      await harness.do('release', never, 2);
      await harness.expectNoEffect('boot', never, 1);
      await harness.quiet();
      await harness.mustBe(never, 'absent', 'after a first boot that arrives after the release');
    },
  },
];
