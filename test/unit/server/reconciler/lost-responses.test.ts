import { expect, test } from 'vitest';
import type { Commit } from '../../../../src/server/index.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();

/** Has the store keep the next commit for which this holds, and then fail to say so. */
function loseAnswer(holds: (commit: Commit) => boolean): void {
  const { commit } = on.store;
  let lost = false;
  on.store.commit = async (step) => {
    const committed = await commit(step);
    if (lost || !holds(step)) return committed;
    lost = true;
    throw new Error('The connection was lost.');
  };
}

test('a creation that was kept without a word is taken up within a minute', async () => {
  loseAnswer(() => true);
  await expect(on.host.create({ namespace, name: 'ada' })).rejects.toThrow('The connection was lost.');
  expect(on.driver.log()).toEqual([]);
  await on.clock.advance(60_000);
  expect(on.driver.log()).toEqual(['boot 1']);
  expect((await on.host.get(namespace, 'ada')).sandbox.status).toBe('running');
});

test('and so is its timeout', async () => {
  loseAnswer(({ change }) => change?.history?.to === 'running');
  const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 300 });
  await on.clock.advance(299_999);
  expect((await on.record(sandbox.id)).status).toBe('running');
  await on.clock.advance(1);
  expect((await on.record(sandbox.id)).outcome?.reason).toBe('timeout');
});

test('a keyed request that was kept without a word has its answer all the same, and again when it comes again', async () => {
  loseAnswer(() => true);
  const key = { idempotencyKey: 'k1' };
  const { sandbox } = await on.host.create({ namespace, name: 'ada' }, key);
  expect((await on.host.create({ namespace, name: 'ada' }, key)).sandbox).toEqual(sandbox);
  expect((await on.host.list({ namespace, limit: 9 })).items.map((entry) => entry.sandbox.id)).toEqual([
    sandbox.id,
  ]);
  await on.clock.advance(60_000);
  expect((await on.record(sandbox.id)).status).toBe('running');
});
