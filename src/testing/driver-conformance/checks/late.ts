import type { Check } from '../check.ts';

/** An operation that comes after a newer one has been carried out changes nothing. */
export const late: readonly Check[] = [
  {
    name: 'late: a suspend does not stop what was resumed since',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('suspend', id, 2);
      await stage.do('resume', id, 3);
      await stage.doInVain('suspend', id, 2);
      await stage.quiet();
      await stage.mustBe(id, 'running', 'after a suspend that was late');
    },
  },
  {
    name: 'late: a resume or a boot does not continue what was suspended since',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('suspend', id, 2);
      await stage.do('resume', id, 3);
      await stage.do('suspend', id, 4);
      await stage.doInVain('resume', id, 3);
      await stage.doInVain('boot', id, 1);
      await stage.quiet();
      await stage.mustBe(id, 'paused', 'after a resume and a boot that were late');
    },
  },
  {
    name: 'late: a boot after the release brings nothing up',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('release', id, 2);
      await stage.doInVain('boot', id, 1);
      await stage.quiet();
      await stage.mustBe(id, 'absent', 'after a boot that was late');

      const never = stage.newId();
      await stage.do('release', never, 2);
      await stage.doInVain('boot', never, 1);
      await stage.quiet();
      await stage.mustBe(
        never,
        'absent',
        'after a boot that comes for the first time, but after the release',
      );
    },
  },
];
