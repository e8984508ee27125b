import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { type CheckedHost, type Harness, namespace, wholeHistory } from '../harness.ts';

/** Timeouts fire once, and never before their instant. */
export const time: readonly Check[] = [
  {
    name: 'suspends a named sandbox when its run limit expires: once, and never early',
    async run(harness) {
      const host = await harness.start();
      const { id, expiresAt } = (await harness.running(host, { name: 'ada', timeoutSeconds: 3 })).sandbox;
      await mustStay(harness, host, id, expiresAt);
      await harness.until(host, id, 'suspended');
      await mustHaveFiredOnce(harness, host, id, expiresAt);
      assert.deepEqual(harness.platform.log(id), ['boot 1', 'suspend 2']);
    },
  },
  {
    name: 'terminates a nameless sandbox when its run limit expires: once, and never early',
    async run(harness) {
      const host = await harness.start();
      const { id, expiresAt } = (await harness.running(host, { timeoutSeconds: 3 })).sandbox;
      await mustStay(harness, host, id, expiresAt);
      const { outcome } = (await harness.until(host, id, 'terminated')).sandbox;
      assert.equal(outcome?.reason, 'timeout');
      await mustHaveFiredOnce(harness, host, id, expiresAt);
    },
  },
  {
    name: 'counts a run limit that was changed from the change',
    async run(harness) {
      const host = await harness.start();
      const { id } = (await harness.running(host, { name: 'ada', timeoutSeconds: 2 })).sandbox;
      const { result } = await host.send(namespace, id, { type: 'setTimeouts', timeoutSeconds: 5 });
      await mustStay(harness, host, id, result.sandbox.expiresAt);
      await harness.until(host, id, 'suspended');
      await mustHaveFiredOnce(harness, host, id, result.sandbox.expiresAt);
    },
  },
  {
    name: 'keeps a sandbox that runs under an idle limit as long as it is used',
    async run(harness) {
      const host = await harness.start();
      const { id, idleAt } = (await harness.running(host, { name: 'ada', idleTimeoutSeconds: 3 })).sandbox;
      assert.ok(idleAt !== null);
      await harness.passUntil(idleAt - 1_000);
      const { result } = await host.send(namespace, id, { type: 'keepalive' });
      assert.ok((result.sandbox.idleAt ?? 0) > idleAt, 'a keepalive must move the instant');
      await mustStay(harness, host, id, result.sandbox.idleAt);
      await harness.until(host, id, 'suspended');
      await mustHaveFiredOnce(harness, host, id, result.sandbox.idleAt);
    },
  },
  {
    name: 'discards a suspended sandbox when its suspended limit expires: once, and never early',
    async run(harness) {
      const host = await harness.start();
      const request = { name: 'ada', suspendedTimeoutSeconds: 3 };
      const { id } = (await harness.running(host, request)).sandbox;
      await host.send(namespace, id, { type: 'suspend' });
      const { discardAt } = (await harness.until(host, id, 'suspended')).sandbox;
      await mustStay(harness, host, id, discardAt);
      const { outcome } = (await harness.until(host, id, 'terminated')).sandbox;
      assert.equal(outcome?.reason, 'discarded');
      await mustHaveFiredOnce(harness, host, id, discardAt);
    },
  },
  {
    name: 'ends an operation at its deadline and not before, and aborts its call',
    async run(harness) {
      const { platform, eventually, inTime } = harness;
      const host = await harness.start({ operationLimitSeconds: { suspend: 3 } });
      const { id } = (await harness.running(host, { name: 'ada' })).sandbox;
      const held = platform.hold('suspend');
      const { result } = await host.send(namespace, id, { type: 'suspend' });
      await eventually('The suspend must start', held.call);
      const deadline = result.sandbox.operation?.deadline ?? null;
      assert.equal(deadline, result.sandbox.updatedAt + 3_000, 'the policy must set the deadline');
      await mustStay(harness, host, id, deadline);
      await inTime(
        'The suspend must time out',
        async () => (await host.get(namespace, id)).sandbox.lastOperation?.result === 'timed_out',
      );
      await mustHaveFiredOnce(harness, host, id, deadline);
      await eventually('The call must be aborted', () => held.call()?.signal.aborted);
    },
  },
];

/** Lets the time pass until just before an instant. The sandbox must not change. */
async function mustStay(
  harness: Harness,
  host: CheckedHost,
  id: string,
  instant: number | null,
): Promise<void> {
  assert.ok(instant !== null, 'The record must have the instant of its next timeout.');
  const { sandbox } = await host.get(namespace, id);
  await harness.passUntilBefore(instant);
  await harness.quiet();
  const after = await host.get(namespace, id);
  // In real time, a slow machine may look when the instant has already passed.
  if ((await harness.now()) < instant)
    assert.deepEqual(after.sandbox, sandbox, 'A timeout must not fire before its instant.');
  await harness.passUntil(instant);
}

/** The history must have one timeout, at its instant or later, and no more follows. */
async function mustHaveFiredOnce(
  harness: Harness,
  host: CheckedHost,
  id: string,
  instant: number | null,
): Promise<void> {
  await harness.quiet();
  const rows = await wholeHistory(host, id);
  const timeouts = rows.filter(({ event }) => event.type === 'timeout');
  assert.equal(timeouts.length, 1, `one timeout must fire, but ${timeouts.length} did`);
  assert.ok((timeouts[0]?.at ?? 0) >= (instant ?? 0), 'the timeout must not be before its instant');
}
