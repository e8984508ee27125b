import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { type Clock, pause } from '../../../../src/utils/clock.ts';
import { virtualClock } from '../../server/virtual-clock.ts';
import { type MortalHost, startMortalHost } from './mortal-host.ts';
import { createSharedPlatform } from './shared-platform.ts';
import { countingConflicts, type PlantedFault } from './simulate-hosts.ts';

/** The time that a call of the store takes, in ms. */
const latencyMs = 5;

/** A store whose calls take time, so that hosts work at the same time. */
function distant(store: SharedMemoryStore, clock: Clock): SharedMemoryStore {
  const later =
    <Values extends unknown[], Result>(call: (...values: Values) => Promise<Result>) =>
    async (...values: Values) => {
      await pause(clock, latencyMs);
      const result = await call(...values);
      await pause(clock, latencyMs);
      return result;
    };
  return { ...store, commit: later(store.commit), get: later(store.get), due: later(store.due) };
}

/** Lets the run limits of many sandboxes end at the same time, on three hosts. Returns what it cost. */
export async function simulateTimeouts({ store: plant }: PlantedFault = {}) {
  const clock = virtualClock();
  const base = sharedMemoryStore({ clock });
  const platform = createSharedPlatform(clock, () => 10);
  const hosts: MortalHost[] = [];
  let conflicts = 0;
  for (const name of ['a', 'b', 'c']) {
    const counted = countingConflicts(distant(base.another(), clock), () => {
      conflicts += 1;
    });
    const starting = startMortalHost({
      ...{ name, clock, store: plant?.(counted, name) ?? counted, driver: platform.driver(name) },
      ...{ aliveSeconds: 15, driftIntervalSeconds: 60, observe: () => {} },
    });
    await clock.advance(1_000);
    hosts.push(await starting);
  }
  const sandboxes = 300;
  const creating = Promise.all(
    Array.from({ length: sandboxes }, (_, index) =>
      hosts[index % 3]?.host.create({ namespace: 'default', timeoutSeconds: 30 }),
    ),
  );
  await clock.advance(10_000);
  await creating;
  conflicts = 0;
  await clock.advance(60_000);
  const rows = await base.history({ after: 0, limit: 10_000 });
  const sent = rows.filter(({ event, to }) => event.type === 'timeout' && to === 'terminated').length;
  await Promise.all([...hosts.map((host) => host.close()), clock.advance(30_000)]);
  return { sandboxes, sent, conflicts };
}
