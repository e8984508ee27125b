import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** The inventory shows the real state of each sandbox. */
export const inventory: readonly Check[] = [
  {
    name: 'inventory: shows running and paused sandboxes at each stage of their life',
    async run(harness) {
      const id = harness.newId();
      await harness.mustBe(id, 'absent', 'before the boot');
      await harness.do('boot', id, 1);
      await harness.mustBe(id, 'running', 'after the boot');
      await harness.do('snapshot', id, 2, { snapshotId: harness.newId() });
      await harness.mustBe(id, 'running', 'after a snapshot');
      await harness.do('suspend', id, 3);
      await harness.mustBe(id, 'paused', 'after the suspend');
      await harness.do('resume', id, 4);
      await harness.mustBe(id, 'running', 'after the resume');
      await harness.do('release', id, 5);
      await harness.mustBe(id, 'absent', 'after the release');
    },
  },
  {
    name: 'inventory: distinguishes many sandboxes',
    async run(harness) {
      const ids = Array.from({ length: 6 }, () => harness.newId());
      await Promise.all(ids.map((id) => harness.do('boot', id, 1)));
      await Promise.all(ids.map((id, index) => index % 3 === 1 && harness.do('suspend', id, 2)));
      await Promise.all(ids.map((id, index) => index % 3 === 2 && harness.do('release', id, 3)));
      const states = ['running', 'paused', 'absent'] as const;
      for (const [index, id] of ids.entries()) {
        await harness.mustBe(id, states[index % 3] ?? 'absent', `sandbox ${index} of 6`);
      }
    },
  },
  {
    name: 'inventory: an owner is the one that the boot named, also after a restart',
    async run(harness) {
      const owners = new Map(['ann', 'ben'].map((owner) => [harness.newId(), owner]));
      for (const [id, owner] of owners) await harness.do('boot', id, 1, { owner });
      await harness.restart();
      const found = await harness.callDriver('inventory', (driver) => driver.inventory());
      for (const { sandboxId, owner = null } of found) {
        const named = owners.get(sandboxId);
        if (named === undefined || owner === null) continue;
        assert.equal(owner, named, `The inventory must show the owner of the boot, ${named}, not ${owner}.`);
      }
    },
  },
];
