import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedSeed, freshSeed } from '../harness/check.ts';
import { createCoverage } from '../harness/fuzz/coverage.ts';
import { fuzzProperty } from '../harness/fuzz/fuzz.ts';
import { plantedBugs } from '../harness/fuzz/planted-bugs.ts';

const { HTTP_FUZZ_RUNS: givenRuns, FAST_CHECK_SEED: givenSeed, FAST_CHECK_PATH: path } = process.env;

/** How many sequences of some 30 requests run with the fixed seed, and with a new one. */
const fixedRuns = 500;
const freshRuns = Number(givenRuns ?? 60);

/** The time limit of a run, shrinking included, in ms. A run that exceeds it fails. */
const mostMs = 240_000 + freshRuns * 500;

describe('the server responds to every request as the document says, in time, and stays intact', () => {
  test.skipIf(givenSeed !== undefined)(
    'in sequences with a fixed seed, which cover every response of the document',
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

  // A failure prints the seed and the path: FAST_CHECK_SEED=1 FAST_CHECK_PATH=2:3 repeats it when this test runs alone.
  test(
    'in sequences with a new seed',
    async () => {
      await fc.assert(fuzzProperty(), {
        ...{ seed: Number(givenSeed ?? freshSeed), numRuns: freshRuns, ...(path !== undefined && { path }) },
        ...{ interruptAfterTimeLimit: mostMs, markInterruptAsFailure: true },
      });
    },
    2 * mostMs,
  );
});

describe('the fuzzer finds the planted bug', () => {
  test.each(plantedBugs)('$name', async ({ overrides, expected }) => {
    const details = await fc.check(fuzzProperty(undefined, overrides), {
      ...{ seed: fixedSeed, numRuns: 200, endOnFailure: true },
    });
    expect(String(details.errorInstance)).toMatch(expected);
  });
});
