import type { Check } from '../check.ts';

/** The inventory shows what there really is. */
export const inventory: readonly Check[] = [
  {
    name: 'inventory: shows what runs and what is paused, at each stage of a life',
    async run(stage) {
      const id = stage.newId();
      await stage.mustBe(id, 'absent', 'before the boot');
      await stage.do('boot', id, 1);
      await stage.mustBe(id, 'running', 'after the boot');
      await stage.do('snapshot', id, 2, { snapshotId: stage.newId() });
      await stage.mustBe(id, 'running', 'after a snapshot');
      await stage.do('suspend', id, 3);
      await stage.mustBe(id, 'paused', 'after the suspend');
      await stage.do('resume', id, 4);
      await stage.mustBe(id, 'running', 'after the resume');
      await stage.do('release', id, 5);
      await stage.mustBe(id, 'absent', 'after the release');
    },
  },
  {
    name: 'inventory: tells many sandboxes apart',
    async run(stage) {
      const ids = Array.from({ length: 6 }, () => stage.newId());
      await Promise.all(ids.map((id) => stage.do('boot', id, 1)));
      await Promise.all(ids.map((id, index) => index % 3 === 1 && stage.do('suspend', id, 2)));
      await Promise.all(ids.map((id, index) => index % 3 === 2 && stage.do('release', id, 3)));
      const states = ['running', 'paused', 'absent'] as const;
      for (const [index, id] of ids.entries()) {
        await stage.mustBe(id, states[index % 3] ?? 'absent', `sandbox ${index} of 6`);
      }
    },
  },
];
