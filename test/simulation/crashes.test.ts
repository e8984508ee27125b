import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Violation } from '../harness/shared/violation.ts';
import { calm } from '../harness/simulation/fault-profile.ts';
import { type Scenario, scenarios } from '../harness/simulation/scenarios.ts';
import { createScript } from '../harness/simulation/script.ts';
import { simulate } from '../harness/simulation/simulate.ts';
import type { Overrides } from '../harness/simulation/world.ts';

/** Operations take 100 ms, so that a host can crash during one, and the platform continues without the host. */
const profile = { ...calm, platform: { latencyMs: 100 } };

/** Runs a scenario, with a crash of its host at one crash point, or at none for 0. Returns how many crash points exist. */
async function play({ run, end }: Scenario, crashAt: number, overrides: Overrides = {}): Promise<number> {
  let points = 0;
  let ended = () => {};
  const world = await simulate({
    seed: 1,
    profile,
    crashAt,
    overrides,
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

/** Runs a scenario once for each of its crash points. */
async function playAll(scenario: Scenario, overrides?: Overrides): Promise<void> {
  const points = await play(scenario, 0, overrides);
  expect(points).toBeGreaterThan(20);
  for (let crashAt = 1; crashAt <= points; crashAt++) {
    try {
      await play(scenario, crashAt, overrides);
    } catch (error) {
      throw new Error(`crash at point ${crashAt} of ${points}: ${error}`, { cause: error });
    }
  }
}

describe('a host that crashes before or after any call of its store or its driver loses nothing in', () => {
  test.each(scenarios)('$name', (scenario) => playAll(scenario));
});

test('the crash test finds a host that keeps operations in progress only in memory', async () => {
  const overrides: Overrides = { store: (store) => ({ ...store, unsettled: async () => [] }) };
  const scenario = scenarios.find(({ name }) => name === 'terminate while running');
  if (scenario === undefined) throw new Error('The scenario does not exist.');
  await expect(playAll(scenario, overrides)).rejects.toThrow(/not yet: \w+ is running|was not released/);
});
