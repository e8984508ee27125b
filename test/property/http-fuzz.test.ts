import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedSeed, freshSeed } from '../harness/check.ts';
import { createCoverage } from '../harness/fuzz/coverage.ts';
import { fuzzProperty } from '../harness/fuzz/fuzz.ts';
import { plantedBugs } from '../harness/fuzz/planted-bugs.ts';

const { HTTP_FUZZ_RUNS: more, FAST_CHECK_SEED: asked, FAST_CHECK_PATH: path } = process.env;

/** Sequences of some 30 requests: always the same ones, and fresh ones. */
const fixedRuns = 240;
const freshRuns = Number(more ?? 60);

/** A counterexample is made smaller for so long, in ms; what takes longer than that without one has failed, too. */
const mostMs = 240_000 + freshRuns * 500;

describe('whatever is sent is answered as the document says, at once, and breaks nothing', () => {
  test.skipIf(asked !== undefined)(
    'in sequences that are the same each time, and meet every answer of the document',
    async () => {
      const coverage = createCoverage();
      await fc.assert(fuzzProperty(coverage.add), {
        ...{ seed: fixedSeed, numRuns: fixedRuns },
        ...{ interruptAfterTimeLimit: mostMs, markInterruptAsFailure: true },
      });
      expect(coverage.missing()).toEqual([]);
      expect(coverage.answers).toBeGreaterThan(20 * fixedRuns);
    },
    2 * mostMs,
  );

  // A failure prints the seed and the path: FAST_CHECK_SEED=1 FAST_CHECK_PATH=2:3 with this test alone is the same one.
  test(
    'in fresh ones',
    async () => {
      await fc.assert(fuzzProperty(), {
        ...{ seed: Number(asked ?? freshSeed), numRuns: freshRuns, ...(path !== undefined && { path }) },
        ...{ interruptAfterTimeLimit: mostMs, markInterruptAsFailure: true },
      });
    },
    2 * mostMs,
  );
});

describe('it is found that', () => {
  test.each(plantedBugs)('$name', async ({ plant, found }) => {
    const details = await fc.check(fuzzProperty(undefined, plant), {
      ...{ seed: fixedSeed, numRuns: 60, endOnFailure: true },
    });
    expect(String(details.errorInstance)).toMatch(found);
  });
});
