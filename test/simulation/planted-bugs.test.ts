import { describe, expect, test, vi } from 'vitest';
import { plantedBugs } from '../harness/simulation/planted-bugs.ts';
import { simulate } from '../harness/simulation/simulate.ts';
import type { Overrides } from '../harness/simulation/world.ts';

const mistakes = vi.hoisted(() => ({ acceptsStaleReports: false }));

vi.mock('../../src/machine/transition.ts', async (load) => {
  const real = await load<typeof import('../../src/machine/transition.ts')>();
  const transition: typeof real.transition = (sandbox, event, policy) => {
    const { incarnation } = sandbox;
    const isStale = mistakes.acceptsStaleReports && event.type === 'crashed' && incarnation !== null;
    return real.transition(sandbox, isStale ? { ...event, incarnation } : event, policy);
  };
  return { ...real, transition };
});

/** The simulation must find each bug within this many seeds. */
const mostSeeds = 400;

/** The first violation that the simulation finds, and its seed. */
async function findBug(overrides: Overrides): Promise<{ seed: number; message: string } | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    try {
      await simulate({ seed, overrides });
    } catch (error) {
      return { seed, message: String((error as Error).cause) };
    }
  }
  return undefined;
}

describe(`within ${mostSeeds} seeds the simulation finds the planted bug`, () => {
  test.each(plantedBugs)('$name', async ({ overrides, expected }) => {
    const bug = await findBug(overrides);
    expect(bug?.message).toMatch(expected);
  });

  test('a crash report of another incarnation is accepted', async () => {
    mistakes.acceptsStaleReports = true;
    try {
      const bug = await findBug({});
      expect(bug?.message).toMatch(/by crashed: this event changes nothing: stale/);
    } finally {
      mistakes.acceptsStaleReports = false;
    }
  });
});
