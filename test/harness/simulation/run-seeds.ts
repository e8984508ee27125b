import { afterAll, expect, test } from 'vitest';
import { contractEdges as edges } from '../machine/contract-table.ts';
import { createCounters } from '../shared/counters.ts';
import { leastCount, scaled } from '../shared/scale.ts';
import { simulate } from './simulate.ts';

/** How many seeds there are, unless SIMULATION_SEEDS says otherwise: 2,000 in a deep run. */
const normally = scaled(2_000);

const { SIMULATION_SEEDS: seeds = String(normally), SIMULATION_FROM: from = '1' } = process.env;
const first = Number(from);
const last = first + Number(seeds) - 1;

/** The number of seeds in one test. */
const blockSize = 50;

/** Each must happen this often in every half of a deep run, or the simulation does not look where it should. */
const often: readonly (readonly [what: string, times: number])[] = [
  ...edges.map((edge) => [`edge ${edge}`, 30] as const),
  ...['completed', 'failed', 'retried', 'void'].flatMap((result) =>
    ['boot', 'snapshot', 'suspend', 'resume'].map((kind) => [`operation ${kind} ${result}`, 50] as const),
  ),
  ['operation release completed', 500],
  ['operation release retried', 100],
  ['fault crash', 1_000],
  ['fault restart', 100],
  ['fault start', 20],
  ['fault commit lands at the crash of its host', 20],
  ['fault commit lands after the crash of its host', 20],
  ['fault store busy', 1_000],
  ['fault store full', 100],
  ['fault store response lost', 500],
  ['fault clock set back', 100],
  ['fault clock set forward', 100],
  ...(['missing', 'orphan', 'undead', 'paused'] as const).map((kind) => [`drift ${kind}`, 5] as const),
  ['drift running', 2],
  ['drift lost', 50],
  ['fault loss', 100],
  ['event lost', 50],
  ['event exited', 20],
  ['observation absences', 20],
  ['operator confirms absences', 10],
  ['event boot.progressed', 500],
  ['event keepalive', 20],
  ['event rename', 100],
  ['event timeout', 1_000],
  ['retried with the same key', 500],
  ['sent twice at once', 500],
  ['sent again after the response', 500],
  ['key used for another request', 100],
  ['outcome rejected', 500],
  ['outcome unknown', 500],
  ['stream resumed', 1_000],
  ['wait reached', 50],
  ['wait timed_out', 50],
  ['wait unreachable', 50],
];

/** Runs one half of the seeds, so that two cores can share them. */
export function runSeeds(half: 0 | 1): void {
  const counters = createCounters();
  const mine = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(
    (seed) => seed % 2 === half,
  );

  for (let from = 0; from < mine.length; from += blockSize) {
    const block = mine.slice(from, from + blockSize);
    test(`seeds ${block[0]} to ${block.at(-1)}`, async () => {
      for (const seed of block) counters.add((await simulate({ seed })).counters);
    });
  }

  // A shorter run by hand cannot reach the counts.
  test.runIf(mine.length >= normally / 2)('every kind of fault and outcome happened often enough', () => {
    const rare = often.filter(([what, times]) => counters.of(what) < leastCount(times));
    expect(rare.map(([what, times]) => `${what}: ${counters.of(what)} of ${leastCount(times)}`)).toEqual([]);
  });

  afterAll(() => {
    if (process.env['SIMULATION_COUNTS'])
      console.log(
        counters
          .all()
          .map((line) => line.join(': '))
          .join('\n'),
      );
  });
}
