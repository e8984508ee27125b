import * as fc from 'fast-check';
import type { SandboxClientOptions } from '../../../src/client/create-sandbox-client.ts';
import type {
  SandboxClient,
  SandboxListClient,
  SandboxListClientOptions,
} from '../../../src/client/index.ts';
import { fixedSeed, freshSeed } from '../check.ts';
import { listSchedules } from './list-schedule.ts';
import { live } from './run.ts';
import { liveList } from './run-list.ts';
import { schedules } from './schedule.ts';
import { Tally } from './tally.ts';

const { FAST_CHECK_SEED: asked, FAST_CHECK_PATH: path } = process.env;

type Live<Drawn> = (schedule: Drawn, tally: Tally) => Promise<void>;

/**
 * Lives so many random schedules, half of them the same every time and half of them new. A failure prints the seed and the
 * path, which replay it: FAST_CHECK_SEED=1 FAST_CHECK_PATH=2:3 with that test alone.
 */
export async function proveAll<Drawn>(
  schedules: fc.Arbitrary<Drawn>,
  lives: Live<Drawn>,
  numRuns: number,
): Promise<Tally> {
  const tally = new Tally();
  const property = fc.asyncProperty(schedules, (schedule) => lives(schedule, tally));
  if (asked !== undefined) {
    await fc.assert(property, { seed: Number(asked), numRuns, ...(path !== undefined && { path }) });
    return tally;
  }
  for (const seed of [fixedSeed, freshSeed]) await fc.assert(property, { seed, numRuns: numRuns / 2 });
  return tally;
}

/** The law that is broken first, or undefined when none is in so many schedules. */
export async function firstBroken<Drawn>(
  schedules: fc.Arbitrary<Drawn>,
  lives: Live<Drawn>,
  numRuns: number,
): Promise<string | undefined> {
  const property = fc.asyncProperty(schedules, (schedule) => lives(schedule, new Tally()));
  const { errorInstance } = await fc.check(property, { seed: fixedSeed, numRuns, endOnFailure: true });
  return errorInstance instanceof Error ? errorInstance.message : undefined;
}

/** Proves a client of one sandbox. */
export function prove(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  isVersioned: boolean,
  numRuns: number,
): Promise<Tally> {
  return proveAll(schedules, (schedule, tally) => live(createClient, schedule, isVersioned, tally), numRuns);
}

/** Proves a client of many. */
export function proveList(
  createClient: (options: SandboxListClientOptions) => SandboxListClient,
  isVersioned: boolean,
  numRuns: number,
): Promise<Tally> {
  return proveAll(
    listSchedules,
    (schedule, tally) => liveList(createClient, schedule, isVersioned, tally),
    numRuns,
  );
}

/** What every proof must have seen, and how often at least in 20,000 schedules: every fault, every outcome, every act. */
export const mustBeSeen: Readonly<Record<string, number>> = {
  'act ask': 20_000,
  'act other': 5000,
  'act offline': 2000,
  'act restart': 1000,
  'act crash': 1000,
  'act refresh': 300,
  'act dismiss': 300,
  'act close': 300,
  'act kill': 300,
  'act reload': 300,
  'settled applied': 5000,
  'settled unchanged': 2000,
  'settled refused': 5000,
  'settled dropped': 1000,
  'settled unknown': 300,
  'refused by the server': 300,
  'taken over by another tab': 20,
  'left with its truth': 2000,
  'prediction compared': 2000,
  unknown: 2000,
  'connection polling': 5000,
  'connection offline': 2000,
  'connection stale': 2000,
  'network lost': 3000,
  'network slow': 3000,
  'network doubled': 3000,
  'network bodyless': 500,
  'network overtaken': 2000,
  'network refusedConnections': 5000,
  'server failures': 1000,
  'server timeouts': 1000,
};
