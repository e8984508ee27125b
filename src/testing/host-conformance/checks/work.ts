import assert from 'node:assert/strict';
import { DriverError } from '../../../server/driver/driver.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** The platform work of a record is carried out once, under its operation id, and its result becomes an event. */
export const work: readonly Check[] = [
  {
    name: 'calls the driver once for each operation of a life, in order, and releases at the end',
    async run({ start, running, until, platform, inTime, quiet }) {
      const host = await start();
      const { sandbox, released } = await running(host, { name: 'ada' });
      assert.equal(released, false, 'a running sandbox is not released');
      const { id } = sandbox;
      await host.send(namespace, id, { type: 'suspend' });
      await until(host, id, 'suspended');
      await host.send(namespace, id, { type: 'resume' });
      await until(host, id, 'running');
      await host.send(namespace, id, { type: 'terminate' });
      await inTime('The sandbox must be released', async () => (await host.get(namespace, id)).released);
      await quiet();
      assert.deepEqual(platform.log(id), ['boot 1', 'suspend 2', 'resume 3', 'release 4']);
      assert.equal(platform.states().size, 0);
    },
  },
  {
    name: 'repeats a call that failed for the moment, under the same id, until it succeeds',
    async run({ start, until, platform }) {
      platform.fail('boot', new Error('no connection'), new DriverError('busy', { retryable: true }));
      const host = await start();
      const { id } = (await host.create({ namespace })).sandbox;
      const { sandbox } = await until(host, id, 'running');
      assert.deepEqual(platform.log(id), ['boot 1', 'boot 1', 'boot 1']);
      assert.equal(sandbox.incarnation, 1);
      assert.equal(sandbox.version, 2, 'a retry is not an event');
    },
  },
  {
    name: 'ends an operation that failed for good at once, with the reason of the driver',
    async run({ start, running, until, platform, eventually }) {
      const forGood = (reason: string) => new DriverError(reason, { retryable: false });
      platform.fail('boot', forGood('no such image'));
      const host = await start();
      const { id: failed } = (await host.create({ namespace })).sandbox;
      const { outcome } = (await until(host, failed, 'terminated')).sandbox;
      assert.equal(outcome?.reason, 'startup_failed');
      assert.equal(outcome?.detail, 'no such image');
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      platform.fail('suspend', forGood('no disk'));
      await host.send(namespace, id, { type: 'suspend' });
      await eventually('The suspend must fail', async () => {
        const { status, lastOperation } = (await host.get(namespace, id)).sandbox;
        return status === 'running' && lastOperation?.reason === 'no disk';
      });
      assert.deepEqual(platform.log(id), ['boot 1', 'suspend 2']);
    },
  },
  {
    name: 'terminates at once while an operation is in progress: aborts its call, and releases',
    async run({ start, platform, eventually, inTime, settles }) {
      const held = platform.hold('boot');
      const host = await start();
      const { id } = (await host.create({ namespace })).sandbox;
      await eventually('The boot must start', held.call);
      const sent = host.send(namespace, id, { type: 'terminate' });
      const { result } = await settles('The command', sent);
      assert.equal(result.sandbox.status, 'terminated');
      await eventually('The boot must be aborted', () => held.call()?.signal.aborted);
      await inTime('The sandbox must be released', async () => (await host.get(namespace, id)).released);
      assert.deepEqual(platform.log(id), ['boot 1', 'release 2']);
    },
  },
  {
    name: 'ignores the late result of an operation that is void, and leaves nothing on the platform',
    async run({ start, platform, eventually, inTime, quiet }) {
      const held = platform.hold('boot', { deaf: true });
      const host = await start();
      const { id } = (await host.create({ namespace })).sandbox;
      await eventually('The boot must start', held.call);
      const { sandbox } = (await host.send(namespace, id, { type: 'terminate' })).result;
      held.finish();
      await inTime('The sandbox must be released', async () => (await host.get(namespace, id)).released);
      await inTime('Nothing may be left on the platform', () => platform.states().size === 0);
      await quiet();
      assert.deepEqual((await host.get(namespace, id)).sandbox, sandbox, 'terminated must be final');
    },
  },
  {
    name: 'records a reported crash of the present incarnation, and ignores that of an earlier one',
    async run({ start, running, until, platform, quiet }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      await host.send(namespace, id, { type: 'suspend' });
      await until(host, id, 'suspended');
      await host.send(namespace, id, { type: 'resume' });
      const { sandbox } = await until(host, id, 'running');
      const { incarnation } = sandbox;
      assert.equal(incarnation, 3);
      platform.end({ sandboxId: id, incarnation: 1, reason: 'an old one' });
      await quiet();
      assert.deepEqual((await host.get(namespace, id)).sandbox, sandbox);
      platform.end({ sandboxId: id, incarnation: 3, reason: 'out of memory' });
      const { outcome } = (await until(host, id, 'terminated')).sandbox;
      assert.equal(outcome?.reason, 'crashed');
      assert.equal(outcome?.detail, 'out of memory');
    },
  },
];
