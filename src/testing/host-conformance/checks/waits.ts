import assert from 'node:assert/strict';
import { DriverError } from '../../../server/driver/driver.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A wait ends as soon as its result is known, and says which. */
export const waits: readonly Check[] = [
  {
    name: 'ends a wait when a status is reached, also for a moment, and follows the sandbox and not its name',
    uses: ['waitFor'],
    async run({ start, running, quiet, settles }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const limit = { timeoutMs: 3_600_000 };
      const waiting = host.waitFor(namespace, 'ada', ['suspending'], limit);
      waiting.catch(() => {});
      await quiet();
      await host.send(namespace, id, { type: 'rename', name: 'bea' });
      await host.send(namespace, id, { type: 'suspend' });
      const { outcome, reason, entry } = await settles('The wait', waiting);
      assert.deepEqual({ outcome, reason, id: entry.sandbox.id }, { outcome: 'reached', reason: null, id });
      assert.equal(entry.sandbox.status, 'suspending');
      const later = host.waitFor(namespace, id, ['suspended'], limit);
      assert.equal((await settles('The wait', later)).outcome, 'reached');
    },
  },
  {
    name: 'ends a wait that cannot be fulfilled, or whose operation failed, at once and with the reason',
    uses: ['waitFor'],
    async run({ start, running, platform, settles }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const limit = { timeoutMs: 3_600_000 };
      platform.fail('suspend', new DriverError('no disk', { retryable: false }));
      await host.send(namespace, id, { type: 'suspend' });
      const suspended = host.waitFor(namespace, id, ['suspended'], limit);
      const failed = await settles('The wait', suspended);
      assert.equal(failed.outcome, 'failed');
      assert.match(failed.reason ?? '', /no disk/);
      const waiting = host.waitFor(namespace, id, ['snapshotting'], limit);
      waiting.catch(() => {});
      await host.send(namespace, id, { type: 'terminate' });
      const unreachable = await settles('The wait', waiting);
      assert.equal(unreachable.outcome, 'unreachable');
      assert.match(unreachable.reason ?? '', /terminated/);
    },
  },
  {
    name: 'ends a wait when its time has passed, and not before',
    uses: ['waitFor'],
    async run({ start, running, now, passUntil, quiet, settles }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const begin = await now();
      let ended = false;
      const waiting = host.waitFor(namespace, id, ['terminated'], { timeoutMs: 2_000 });
      const end = () => {
        ended = true;
      };
      void waiting.then(end, end);
      await quiet();
      await passUntil(begin + 1_500);
      await quiet();
      if ((await now()) < begin + 2_000) assert.ok(!ended, 'the wait must not end before its time');
      await passUntil(begin + 2_500);
      const { outcome, entry } = await settles('The wait', waiting);
      assert.equal(outcome, 'timed_out');
      assert.equal(entry.sandbox.status, 'running');
    },
  },
];
