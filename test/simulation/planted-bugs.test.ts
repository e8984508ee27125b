import { describe, expect, test, vi } from 'vitest';
import { plantedBugs } from '../harness/simulation/planted-bugs.ts';
import { simulate } from '../harness/simulation/simulate.ts';
import type { Plant } from '../harness/simulation/world.ts';

const mistakes = vi.hoisted(() => ({ acceptsStaleReports: false }));

vi.mock('../../src/server/commands/apply-policy.ts', async (load) => {
  const real = await load<typeof import('../../src/server/commands/apply-policy.ts')>();
  const applyPolicy: typeof real.applyPolicy = (sandbox, event, policy) => {
    const { incarnation } = sandbox;
    const isStale = mistakes.acceptsStaleReports && event.type === 'crashed' && incarnation !== null;
    return real.applyPolicy(sandbox, isStale ? { ...event, incarnation } : event, policy);
  };
  return { ...real, applyPolicy };
});

/** Within so many seeds a bug must be found. */
const mostSeeds = 400;

/** The first thing that the simulation finds wrong, and the seed with which it does. */
async function findBug(plant: Plant): Promise<{ seed: number; message: string } | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    try {
      await simulate({ seed, plant });
    } catch (error) {
      return { seed, message: String((error as Error).cause) };
    }
  }
  return undefined;
}

describe(`within ${mostSeeds} seeds the simulation finds that`, () => {
  test.each(plantedBugs)('$name', async ({ plant, found }) => {
    const bug = await findBug(plant);
    expect(bug?.message).toMatch(found);
  });

  test('a report about something else is taken for one about what runs', async () => {
    mistakes.acceptsStaleReports = true;
    try {
      const bug = await findBug({});
      expect(bug?.message).toMatch(/by crashed: this event changes nothing: stale/);
    } finally {
      mistakes.acceptsStaleReports = false;
    }
  });
});
