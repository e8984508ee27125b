import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../shared/random.ts';
import type { ChaosDatabase } from './database.ts';
import type { Fleet } from './fleet.ts';

/** How often each disturbance happened. */
export interface Disturbances {
  kills: number;
  pauses: number;
  stops: number;
  /** Kills of a backend of PostgreSQL, each of which restarts all backends. */
  backends: number;
  /** Ends of all connections. */
  cuts: number;
}

type Disturbance = keyof Disturbances;

/** How often each is drawn. */
const weights: Readonly<Record<Disturbance, number>> = {
  kills: 74,
  pauses: 8,
  stops: 10,
  backends: 4,
  cuts: 4,
};
const drawn = Object.entries(weights).flatMap(([name, weight]) =>
  Array<Disturbance>(weight).fill(name as Disturbance),
);

/** The longest pause between two disturbances, in ms. */
const longestPauseMs = 1_600;

/** The fewest hosts that nothing disturbs. Others must be there to take over. */
const fewestCalm = 2;

/**
 * Kills, stops and pauses hosts, and breaks the connections of the database, until this many hosts were killed. For each host that
 * ended it starts another one. Resolves when all hosts run again.
 */
export async function disturb(
  { fleet, database, random }: { fleet: Fleet; database: ChaosDatabase; random: Random },
  { kills, aliveMs, onEach }: { kills: number; aliveMs: number; onEach: (so: Disturbances) => void },
): Promise<Disturbances> {
  const so: Disturbances = { kills: 0, pauses: 0, stops: 0, backends: 0, cuts: 0 };
  const failed: unknown[] = [];
  const running = new Set<Promise<void>>();

  /** Runs an act beside the others. */
  function begin(act: () => Promise<void>): void {
    const done: Promise<void> = act()
      .catch((error: unknown) => void failed.push(error))
      .finally(() => running.delete(done));
    running.add(done);
  }

  const acts: Readonly<Record<Disturbance, () => Promise<void>>> = {
    async kills() {
      await fleet.kill();
      await sleep(random.between(0, 500));
      await fleet.start();
    },
    async stops() {
      await fleet.stop();
      await fleet.start();
    },
    pauses: () => fleet.pause(2 * aliveMs),
    backends: database.killBackend,
    cuts: database.terminateConnections,
  };

  // The rare ones happen in short runs too.
  const first: Disturbance[] = ['kills', 'pauses', 'kills', 'backends', 'kills', 'stops', 'kills', 'cuts'];
  while (so.kills < kills && failed.length === 0) {
    await sleep(random.between(100, longestPauseMs));
    const next = first.shift() ?? random.pick(drawn);
    while (fleet.undisturbed() <= fewestCalm && failed.length === 0) await sleep(50);
    so[next] += 1;
    begin(acts[next]);
    onEach(so);
  }
  await Promise.all([...running]);
  if (failed.length > 0) throw failed[0];
  return so;
}
