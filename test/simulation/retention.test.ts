import { describe, expect, test } from 'vitest';
import { scaled } from '../harness/shared/scale.ts';
import { retentionBugs, runRetention } from '../harness/simulation/retention-scenario.ts';

/** How many seeds there are: 200 in a deep run. */
const seeds = scaled(200);

/** The scenario must find each bug within this many seeds. */
const mostSeeds = 5;

test('retention deletes what has ended, and nothing else, whatever crashes', async () => {
  const happened = { crashes: 0, busy: 0, deleted: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const { counters, retention } = await runRetention(seed);
    happened.crashes += counters.of('fault crash');
    happened.busy += counters.of('fault store busy');
    happened.deleted += retention.deleted.size;
  }
  expect(happened.deleted).toBe(5 * seeds);
  expect(Math.min(happened.crashes, happened.busy)).toBeGreaterThan(seeds);
});

describe(`within ${mostSeeds} seeds the scenario finds the planted bug`, () => {
  test.each(retentionBugs)('$name', async ({ memory, expected }) => {
    const messages: string[] = [];
    for (let seed = 1; seed <= mostSeeds && messages.length === 0; seed++)
      await runRetention(seed, { memory }).catch((error: Error) => messages.push(String(error.cause)));
    expect(messages[0]).toMatch(expected);
  });
});
