import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** A server that went down, and one that takes up what it left. */
export const restarted: readonly Check[] = [
  {
    name: 'closed: sandboxes stay as they are, and the next driver finds them by itself',
    async run(stage) {
      const [running, paused] = [stage.newId(), stage.newId()];
      await stage.do('boot', running, 1);
      await stage.do('boot', paused, 1);
      await stage.do('suspend', paused, 2);
      await stage.restart();
      await stage.mustBe(running, 'running', 'after a restart');
      await stage.mustBe(paused, 'paused', 'after a restart');
      await stage.do('release', running, 0);
      await stage.do('release', paused, 0);
      await stage.mustBe(running, 'absent', 'after the release of what no record knows');
      await stage.mustBe(paused, 'absent', 'after the release of what no record knows');
    },
  },
  {
    name: 'closed: nobody is told anything any more',
    needs: 'kill',
    async run(stage) {
      const id = stage.newId();
      let told = 0;
      stage.driver().watch(() => (told += 1));
      await stage.do('boot', id, 1);
      await stage.restart(async () => {
        await stage.kill(id);
        await stage.quiet();
      });
      assert.equal(told, 0, 'A driver that is closed must not tell of a crash.');
    },
  },
  {
    name: 'adopted: what the records say is so already stays so, and life goes on',
    async run(stage) {
      const [running, paused] = [stage.newId(), stage.newId()];
      await stage.do('boot', running, 1);
      await stage.do('boot', paused, 1);
      await stage.do('suspend', paused, 2);
      await stage.restart();
      const records = [
        { sandboxId: running, incarnation: 1 },
        { sandboxId: paused, incarnation: null },
      ];
      await stage.ask('adopt', (driver) => driver.adopt(records));
      await stage.mustBe(running, 'running', 'after it was adopted as running');
      await stage.mustBe(paused, 'paused', 'after it was adopted as paused');
      await stage.do('boot', running, 1);
      await stage.do('suspend', running, 2);
      await stage.do('resume', paused, 3);
      await stage.mustBe(running, 'paused', 'after a suspend');
      await stage.mustBe(paused, 'running', 'after a resume');
    },
  },
  {
    name: 'adopted: what the records say otherwise is made so',
    async run(stage) {
      const [running, paused] = [stage.newId(), stage.newId()];
      await stage.do('boot', running, 1);
      await stage.do('boot', paused, 1);
      await stage.do('suspend', paused, 2);
      await stage.restart();
      const records = [
        { sandboxId: running, incarnation: null },
        { sandboxId: paused, incarnation: 1 },
      ];
      await stage.ask('adopt', (driver) => driver.adopt(records));
      await stage.mustBe(running, 'paused', 'after it was adopted as paused');
      await stage.mustBe(paused, 'running', 'after it was adopted as running');
    },
  },
  {
    name: 'adopted: what was done and never heard of is done when it comes again',
    async run(stage) {
      const [booted, suspended, resumed] = [stage.newId(), stage.newId(), stage.newId()];
      for (const id of [booted, suspended, resumed]) await stage.do('boot', id, 1);
      for (const id of [suspended, resumed]) await stage.do('suspend', id, 2);
      await stage.do('resume', resumed, 3);
      await stage.restart();
      const records = [
        { sandboxId: booted, incarnation: null },
        { sandboxId: suspended, incarnation: 1 },
        { sandboxId: resumed, incarnation: null },
      ];
      await stage.ask('adopt', (driver) => driver.adopt(records));
      await stage.do('boot', booted, 1);
      await stage.mustBe(booted, 'running', 'after the boot came again');
      await stage.do('suspend', suspended, 2);
      await stage.mustBe(suspended, 'paused', 'after the suspend came again');
      await stage.do('resume', resumed, 3);
      await stage.mustBe(resumed, 'running', 'after the resume came again');
    },
  },
  {
    name: 'adopted: what is gone is told as a crash of its incarnation, and keeps nothing else from being adopted',
    async run(stage) {
      const [gone, running] = [stage.newId(), stage.newId()];
      await stage.do('boot', running, 1);
      await stage.restart();
      const records = [
        { sandboxId: gone, incarnation: 3 },
        { sandboxId: running, incarnation: 1 },
      ];
      await stage.ask('adopt', (driver) => driver.adopt(records));
      await stage.mustCrash(gone, 3);
      await stage.mustBe(running, 'running', 'after it was adopted beside one that is gone');
      assert.deepEqual(stage.crashesOf(running), [], 'What runs must not be told as a crash.');
    },
  },
  {
    name: 'adopted: a crash from then on, or from before, is told as the incarnation in the records',
    needs: 'kill',
    async run(stage) {
      const [later, before] = [stage.newId(), stage.newId()];
      await stage.do('boot', later, 1);
      await stage.do('suspend', later, 2);
      await stage.do('resume', later, 3);
      await stage.do('boot', before, 1);
      await stage.restart(() => stage.kill(before));
      const records = [
        { sandboxId: later, incarnation: 3 },
        { sandboxId: before, incarnation: 1 },
      ];
      await stage.ask('adopt', (driver) => driver.adopt(records));
      await stage.mustCrash(before, 1);
      assert.deepEqual(stage.crashesOf(later), [], 'What runs must not be told as a crash.');
      await stage.kill(later);
      await stage.mustCrash(later, 3);
    },
  },
  {
    name: 'adopted: an operation that is older than the adopted incarnation changes nothing',
    async run(stage) {
      const id = stage.newId();
      await stage.do('boot', id, 1);
      await stage.do('suspend', id, 2);
      await stage.do('resume', id, 3);
      await stage.restart();
      await stage.ask('adopt', (driver) => driver.adopt([{ sandboxId: id, incarnation: 3 }]));
      await stage.doInVain('suspend', id, 2);
      await stage.quiet();
      await stage.mustBe(id, 'running', 'after a suspend that was late');
    },
  },
];
