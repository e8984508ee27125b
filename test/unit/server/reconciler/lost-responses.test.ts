import { expect, test } from 'vitest';
import type { Commit } from '../../../../src/server/index.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();

/** Makes the store persist the next commit for which this holds, and then report an error. */
function loseResponse(holds: (commit: Commit) => boolean): void {
  const { commit } = on.store;
  let lost = false;
  on.store.commit = async (step) => {
    const committed = await commit(step);
    if (lost || !holds(step)) return committed;
    lost = true;
    throw new Error('The connection was lost.');
  };
}

test('a creation whose response was lost is booted within a minute', async () => {
  loseResponse(() => true);
  await expect(on.host.create({ namespace, name: 'ada' })).rejects.toThrow('The connection was lost.');
  expect(on.driver.log()).toEqual([]);
  await on.clock.advance(60_000);
  expect(on.driver.log()).toEqual(['boot 1']);
  expect((await on.host.get(namespace, 'ada')).sandbox.status).toBe('running');
});

test('a timeout whose response was lost fires within a minute', async () => {
  loseResponse(({ change }) => change?.history?.to === 'running');
  const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 300 });
  await on.clock.advance(299_999);
  expect((await on.record(sandbox.id)).status).toBe('running');
  await on.clock.advance(1);
  expect((await on.record(sandbox.id)).outcome?.reason).toBe('timeout');
});

test('a keyed request whose response was lost returns its result, also when it is repeated', async () => {
  loseResponse(() => true);
  const key = { idempotencyKey: 'k1' };
  const { sandbox } = await on.host.create({ namespace, name: 'ada' }, key);
  expect((await on.host.create({ namespace, name: 'ada' }, key)).sandbox).toEqual(sandbox);
  expect((await on.host.list({ namespace, limit: 9 })).items.map((entry) => entry.sandbox.id)).toEqual([
    sandbox.id,
  ]);
  await on.clock.advance(60_000);
  expect((await on.record(sandbox.id)).status).toBe('running');
});
