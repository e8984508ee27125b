import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** A server that went down, and one that takes up what it left. */
export const restarted: readonly Check[] = [
  {
    name: 'closed: sandboxes stay as they are, and the next driver finds them by itself',
    async run(harness) {
      const [running, paused] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.do('boot', paused, 1);
      await harness.do('suspend', paused, 2);
      await harness.restart();
      await harness.mustBe(running, 'running', 'after a restart');
      await harness.mustBe(paused, 'paused', 'after a restart');
      await harness.do('release', running, 0);
      await harness.do('release', paused, 0);
      await harness.mustBe(running, 'absent', 'after the release of what no record knows');
      await harness.mustBe(paused, 'absent', 'after the release of what no record knows');
    },
  },
  {
    name: 'closed: nobody is told anything any more',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      let told = 0;
      harness.driver().watch(() => (told += 1));
      await harness.do('boot', id, 1);
      await harness.restart(async () => {
        await harness.kill(id);
        await harness.quiet();
      });
      assert.equal(told, 0, 'A driver that is closed must not tell of a crash.');
    },
  },
  {
    name: 'adopted: what the records say is so already stays so, and life goes on',
    async run(harness) {
      const [running, paused] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.do('boot', paused, 1);
      await harness.do('suspend', paused, 2);
      await harness.restart();
      const records = [
        { sandboxId: running, incarnation: 1 },
        { sandboxId: paused, incarnation: null },
      ];
      await harness.ask('adopt', (driver) => driver.adopt(records));
      await harness.mustBe(running, 'running', 'after it was adopted as running');
      await harness.mustBe(paused, 'paused', 'after it was adopted as paused');
      await harness.do('boot', running, 1);
      await harness.do('suspend', running, 2);
      await harness.do('resume', paused, 3);
      await harness.mustBe(running, 'paused', 'after a suspend');
      await harness.mustBe(paused, 'running', 'after a resume');
    },
  },
  {
    name: 'adopted: what the records say otherwise is made so',
    async run(harness) {
      const [running, paused] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.do('boot', paused, 1);
      await harness.do('suspend', paused, 2);
      await harness.restart();
      const records = [
        { sandboxId: running, incarnation: null },
        { sandboxId: paused, incarnation: 1 },
      ];
      await harness.ask('adopt', (driver) => driver.adopt(records));
      await harness.mustBe(running, 'paused', 'after it was adopted as paused');
      await harness.mustBe(paused, 'running', 'after it was adopted as running');
    },
  },
  {
    name: 'adopted: what was done and never heard of is done when it comes again',
    async run(harness) {
      const [booted, suspended, resumed] = [harness.newId(), harness.newId(), harness.newId()];
      for (const id of [booted, suspended, resumed]) await harness.do('boot', id, 1);
      for (const id of [suspended, resumed]) await harness.do('suspend', id, 2);
      await harness.do('resume', resumed, 3);
      await harness.restart();
      const records = [
        { sandboxId: booted, incarnation: null },
        { sandboxId: suspended, incarnation: 1 },
        { sandboxId: resumed, incarnation: null },
      ];
      await harness.ask('adopt', (driver) => driver.adopt(records));
      await harness.do('boot', booted, 1);
      await harness.mustBe(booted, 'running', 'after the boot came again');
      await harness.do('suspend', suspended, 2);
      await harness.mustBe(suspended, 'paused', 'after the suspend came again');
      await harness.do('resume', resumed, 3);
      await harness.mustBe(resumed, 'running', 'after the resume came again');
    },
  },
  {
    name: 'adopted: what is gone is told as a crash of its incarnation, and keeps nothing else from being adopted',
    async run(harness) {
      const [gone, running] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.restart();
      const records = [
        { sandboxId: gone, incarnation: 3 },
        { sandboxId: running, incarnation: 1 },
      ];
      await harness.ask('adopt', (driver) => driver.adopt(records));
      await harness.mustCrash(gone, 3);
      await harness.mustBe(running, 'running', 'after it was adopted beside one that is gone');
      assert.deepEqual(harness.crashesOf(running), [], 'What runs must not be told as a crash.');
    },
  },
  {
    name: 'adopted: a crash from then on, or from before, is told as the incarnation in the records',
    needs: 'kill',
    async run(harness) {
      const [later, before] = [harness.newId(), harness.newId()];
      await harness.do('boot', later, 1);
      await harness.do('suspend', later, 2);
      await harness.do('resume', later, 3);
      await harness.do('boot', before, 1);
      await harness.restart(() => harness.kill(before));
      const records = [
        { sandboxId: later, incarnation: 3 },
        { sandboxId: before, incarnation: 1 },
      ];
      await harness.ask('adopt', (driver) => driver.adopt(records));
      await harness.mustCrash(before, 1);
      assert.deepEqual(harness.crashesOf(later), [], 'What runs must not be told as a crash.');
      await harness.kill(later);
      await harness.mustCrash(later, 3);
    },
  },
  {
    name: 'adopted: an operation that is older than the adopted incarnation changes nothing',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.restart();
      await harness.ask('adopt', (driver) => driver.adopt([{ sandboxId: id, incarnation: 3 }]));
      await harness.expectNoEffect('suspend', id, 2);
      await harness.quiet();
      await harness.mustBe(id, 'running', 'after a suspend that was late');
    },
  },
];
