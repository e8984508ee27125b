import assert from 'node:assert/strict';
import type { Check } from '../check.ts';

/** After a restart, the new driver adopts the sandboxes of the old one. */
export const restarted: readonly Check[] = [
  {
    name: 'closed: sandboxes stay as they are, and the next driver finds them',
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
      await harness.mustBe(running, 'absent', 'after a release without a record');
      await harness.mustBe(paused, 'absent', 'after a release without a record');
    },
  },
  {
    name: 'closed: the driver reports nothing more',
    needs: 'kill',
    async run(harness) {
      const id = harness.newId();
      let reports = 0;
      harness.driver().watch(() => (reports += 1));
      await harness.do('boot', id, 1);
      await harness.restart(async () => {
        await harness.kill(id);
        await harness.quiet();
      });
      assert.equal(reports, 0, 'A closed driver must not report a crash.');
    },
  },
  {
    name: 'adopted: a sandbox that matches its record stays as it is, and accepts operations',
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
      await harness.callDriver('adopt', (driver) => driver.adopt(records));
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
    name: 'adopted: a sandbox that differs from its record is changed to match it',
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
      await harness.callDriver('adopt', (driver) => driver.adopt(records));
      await harness.mustBe(running, 'paused', 'after it was adopted as paused');
      await harness.mustBe(paused, 'running', 'after it was adopted as running');
    },
  },
  {
    name: 'adopted: an operation that the record lacks takes effect again when it is repeated',
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
      await harness.callDriver('adopt', (driver) => driver.adopt(records));
      await harness.do('boot', booted, 1);
      await harness.mustBe(booted, 'running', 'after the repeated boot');
      await harness.do('suspend', suspended, 2);
      await harness.mustBe(suspended, 'paused', 'after the repeated suspend');
      await harness.do('resume', resumed, 3);
      await harness.mustBe(resumed, 'running', 'after the repeated resume');
    },
  },
  {
    name: 'adopted: a sandbox without a trace causes neither an error nor a crash, and the others are still adopted',
    async run(harness) {
      const [missing, running] = [harness.newId(), harness.newId()];
      await harness.do('boot', running, 1);
      await harness.restart();
      const records = [
        { sandboxId: missing, incarnation: 3 },
        { sandboxId: running, incarnation: 1 },
      ];
      await harness.callDriver('adopt', (driver) => driver.adopt(records));
      await harness.mustBe(running, 'running', 'after it was adopted together with a missing sandbox');
      await harness.quiet();
      assert.deepEqual(
        harness.crashesOf(missing),
        [],
        'The driver must not report a sandbox without a trace as a crash: absence proves nothing.',
      );
      assert.deepEqual(
        harness.crashesOf(running),
        [],
        'The driver must not report a running sandbox as a crash.',
      );
    },
  },
  {
    name: 'adopted: a crash before or after the adoption is reported with the incarnation of the record',
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
      await harness.callDriver('adopt', (driver) => driver.adopt(records));
      await harness.mustCrash(before, 1);
      assert.deepEqual(
        harness.crashesOf(later),
        [],
        'The driver must not report a running sandbox as a crash.',
      );
      await harness.kill(later);
      await harness.mustCrash(later, 3);
    },
  },
  {
    name: 'adopted: an operation older than the adopted incarnation changes nothing',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      await harness.do('suspend', id, 2);
      await harness.do('resume', id, 3);
      await harness.restart();
      await harness.callDriver('adopt', (driver) => driver.adopt([{ sandboxId: id, incarnation: 3 }]));
      await harness.expectNoEffect('suspend', id, 2);
      await harness.quiet();
      await harness.mustBe(id, 'running', 'after a late suspend');
    },
  },
];
