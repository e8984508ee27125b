import { describe, expect, test } from 'vitest';
import { type PlantedFault, simulateHosts } from '../harness/simulation/hosts/simulate-hosts.ts';
import { simulateTimeouts } from '../harness/simulation/hosts/simulate-timeouts.ts';

const from = Number(process.env['SIMULATION_FROM'] ?? 1);
const seeds = Array.from(
  { length: Number(process.env['SIMULATION_HOST_SEEDS'] ?? 25) },
  (_, index) => from + index,
);

/** Hints that never arrive cost a heartbeat, and nothing else. */
const deaf: PlantedFault = {
  store: (store) => ({ ...store, shared: { ...store.shared, onHint: () => () => {} } }),
};

/** How long it takes to undo an operation, in ms. */
const undoMs = 3_000;

/** Faults of a host, each of which a few seeds must find. */
const planted: Readonly<Record<string, PlantedFault>> = {
  'a host that undoes an operation when it lets go of it': {
    stops: 0.3,
    driver: (driver, { sandboxes }, clock) => ({
      ...driver,
      boot(job) {
        const undo = () => clock.wake(undoMs, () => sandboxes.delete(job.sandboxId));
        job.letGo?.addEventListener('abort', undo);
        return driver.boot(job);
      },
      resume(job) {
        const undo = () => clock.wake(undoMs, () => sandboxes.set(job.sandboxId, 'paused'));
        job.letGo?.addEventListener('abort', undo);
        return driver.resume(job);
      },
    }),
  },
  'a host that adopts all sandboxes at its start': {
    async started(store, driver) {
      const living = await store.living('', 1_000);
      await driver.adopt(
        living.map(({ sandbox }) => ({ sandboxId: sandbox.id, incarnation: sandbox.incarnation })),
      );
    },
  },
  'a host that drives what another one holds': {
    store: (store, name) => ({
      ...store,
      commit: async (commit) => ({ ...(await store.commit(commit)), holder: name }),
    }),
  },
  'a host that never takes over what a dead one held': {
    store: (store) => ({ ...store, shared: { ...store.shared, take: async () => [] } }),
  },
  'a lease that ends while its host lives': {
    store: (store) => ({
      ...store,
      shared: { ...store.shared, heartbeat: (host) => store.shared.heartbeat(host, 400) },
    }),
  },
};

describe('several hosts on one store and one platform', () => {
  test.each(seeds)('seed %i: kills, stops and commands leave the platform as the records', async (seed) => {
    const report = await simulateHosts(seed);
    expect(report.applied).toBeGreaterThan(40);
  });

  test('agree without any hint', async () => {
    for (const seed of seeds.slice(0, 5)) await simulateHosts(seed, deaf);
  });

  test.each(Object.entries(planted))('%s is found', async (_, fault) => {
    const found: unknown[] = [];
    for (let seed = 1; seed <= 40 && found.length === 0; seed++)
      await simulateHosts(seed, fault).catch((error: unknown) => found.push(error));
    expect(found).toHaveLength(1);
  });
});

describe('timeouts that are due at once', () => {
  test('are sent once each, by the shares of the hosts', async () => {
    const { sent, sandboxes, conflicts } = await simulateTimeouts();
    expect(sent).toBe(sandboxes);
    expect(conflicts).toBeLessThanOrEqual(sandboxes * 0.05);
  });

  test('conflict when every host sends all of them', async () => {
    const { sandboxes, conflicts } = await simulateTimeouts({
      store: (store) => ({
        ...store,
        due: (at, limit, { share: _, ...query } = {}) => store.due(at, limit, query),
      }),
    });
    expect(conflicts).toBeGreaterThan(sandboxes * 0.05);
  });
});
