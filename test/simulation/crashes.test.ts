import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Violation } from '../harness/shared/violation.ts';
import { calm } from '../harness/simulation/fault-profile.ts';
import { type Scenario, scenarios } from '../harness/simulation/scenarios.ts';
import { createScript } from '../harness/simulation/script.ts';
import { simulate } from '../harness/simulation/simulate.ts';
import type { Plant } from '../harness/simulation/world.ts';

/** An operation takes its time, so that a host can go while one is under way, and the platform goes on without it. */
const profile = { ...calm, platform: { latencyMs: 100 } };

/** Runs a scenario, with its host dropped at one place or at none. Answers how many places there are. */
async function play({ run, end }: Scenario, crashAt: number, plant: Plant = {}): Promise<number> {
  let points = 0;
  let ended = () => {};
  const world = await simulate({
    seed: 1,
    profile,
    crashAt,
    plant,
    quietMs: 60_000,
    async script({ world, sender }) {
      const found = await run(createScript(world, sender));
      points = world.points;
      ended = () => {
        if (isDeepStrictEqual(found(), end)) return;
        throw new Violation(`ends ${JSON.stringify(found())}, not ${JSON.stringify(end)}`);
      };
    },
  });
  ended();
  expect(world.counters.of('fault crash')).toBe(crashAt === 0 ? 0 : 1);
  return points;
}

/** Drops the host at every place of a scenario, one after the other. */
async function playAll(scenario: Scenario, plant?: Plant): Promise<void> {
  const points = await play(scenario, 0, plant);
  expect(points).toBeGreaterThan(20);
  for (let crashAt = 1; crashAt <= points; crashAt++) {
    try {
      await play(scenario, crashAt, plant);
    } catch (error) {
      throw new Error(`dropped at place ${crashAt} of ${points}: ${error}`, { cause: error });
    }
  }
}

describe('a host that is dropped before or after any call of its store and its driver loses nothing in', () => {
  test.each(scenarios)('$name', (scenario) => playAll(scenario));
});

test('a host that knows from memory only what is under way is found by it', async () => {
  const plant: Plant = { store: (store) => ({ ...store, unsettled: async () => [] }) };
  const scenario = scenarios.find(({ name }) => name === 'terminate while running');
  if (scenario === undefined) throw new Error('There is no such scenario.');
  await expect(playAll(scenario, plant)).rejects.toThrow(/Never: \w+ is running|was not released/);
});
