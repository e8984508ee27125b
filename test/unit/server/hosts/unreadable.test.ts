import { expect, test } from 'vitest';
import { hostStore } from '../../../../src/server/hosts/host-store.ts';
import { joinHosts } from '../../../../src/server/hosts/membership.ts';
import { NewerRecordError } from '../../../../src/server/store/errors.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { creation } from '../../../../src/testing/store-conformance/fixtures.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';
import { startMortalHost } from '../../../harness/simulation/hosts/mortal-host.ts';
import { createSharedPlatform } from '../../../harness/simulation/hosts/shared-platform.ts';

/** A store in which a newer release wrote some records. */
function withNewer(store: SharedMemoryStore, newer: ReadonlySet<string>): SharedMemoryStore {
  return {
    ...store,
    async get(id) {
      const row = { sandboxId: id, namespace: 'default' };
      if (newer.has(id)) throw new NewerRecordError(row, { cause: new Error('It is newer.') });
      return store.get(id);
    },
  };
}

test('a record that a host cannot read does not hide its other unsettled ones', async () => {
  const clock = virtualClock();
  const store = withNewer(sharedMemoryStore({ clock }), new Set(['b']));
  const onProblem = () => {};
  const membership = await joinHosts({
    observe: () => {},
    ...{ store, shared: store.shared, clock, name: 'host', aliveMs: 15_000, onProblem },
  });
  const own = hostStore(store, membership);
  for (const id of ['a', 'b', 'c']) await own.commit({ change: creation({ id, name: id }) });
  expect(membership.held()).toEqual(['a', 'b', 'c']);
  const unsettled = await own.unsettled('', 9);
  expect(unsettled.map(({ sandbox }) => sandbox.id)).toEqual(['a', 'c']);
  expect((await own.unsettled('', 1)).map(({ sandbox }) => sandbox.id)).toEqual(['a']);
  expect((await own.unsettled('a', 1)).map(({ sandbox }) => sandbox.id)).toEqual(['c']);
  await membership.leave();
});

test('a record that a host cannot read stops neither its loop nor its looks at the platform', async () => {
  const clock = virtualClock();
  const newer = new Set<string>();
  const base = sharedMemoryStore({ clock });
  const driver = createSharedPlatform(clock, () => 3_600_000).driver('a');
  let looks = 0;
  const starting = startMortalHost({
    ...{ name: 'a', clock, store: withNewer(base, newer), aliveSeconds: 15, driftIntervalSeconds: 60 },
    driver: {
      ...driver,
      async inventory() {
        looks += 1;
        return driver.inventory();
      },
    },
    observe: () => {},
  });
  await clock.advance(10);
  const { host } = await starting;
  const creating = host.create({ namespace: 'default', name: 'ada' });
  await clock.advance(1_000);
  newer.add((await creating).sandbox.id);
  const before = looks;
  await clock.advance(300_000);
  expect(looks - before).toBeGreaterThanOrEqual(5);
});
