import * as fc from 'fast-check';
import type { SandboxClientOptions } from '../../../src/client/create-sandbox-client.ts';
import type {
  SandboxClient,
  SandboxListClient,
  SandboxListClientOptions,
} from '../../../src/client/index.ts';
import { fixedSeed, freshSeed } from '../check.ts';
import { type Counters, createCounters } from '../shared/counters.ts';
import { listSchedules } from './list-schedule.ts';
import { runListSchedule } from './run-list-schedule.ts';
import { runSchedule } from './run-schedule.ts';
import { schedules } from './schedule.ts';

const { FAST_CHECK_SEED: givenSeed, FAST_CHECK_PATH: path } = process.env;

type RunOne<Drawn> = (schedule: Drawn, counters: Counters) => Promise<void>;

/**
 * Runs random schedules, half of them with a fixed seed and half with a fresh one. A failure prints the seed and the path,
 * which replay it: FAST_CHECK_SEED=1 FAST_CHECK_PATH=2:3 with that test alone.
 */
export async function proveSchedules<Drawn>(
  schedules: fc.Arbitrary<Drawn>,
  run: RunOne<Drawn>,
  numRuns: number,
): Promise<Counters> {
  const counters = createCounters();
  const property = fc.asyncProperty(schedules, (schedule) => run(schedule, counters));
  if (givenSeed !== undefined) {
    await fc.assert(property, { seed: Number(givenSeed), numRuns, ...(path !== undefined && { path }) });
    return counters;
  }
  for (const seed of [fixedSeed, freshSeed]) await fc.assert(property, { seed, numRuns: numRuns / 2 });
  return counters;
}

/** Returns the first invariant that one of these schedules violates, or undefined if all hold. */
export async function firstViolation<Drawn>(
  schedules: fc.Arbitrary<Drawn>,
  run: RunOne<Drawn>,
  numRuns: number,
): Promise<string | undefined> {
  const property = fc.asyncProperty(schedules, (schedule) => run(schedule, createCounters()));
  const { errorInstance } = await fc.check(property, { seed: fixedSeed, numRuns, endOnFailure: true });
  return errorInstance instanceof Error ? errorInstance.message : undefined;
}

/** Checks a client of one sandbox in random schedules. */
export function prove(
  createClient: (options: SandboxClientOptions) => SandboxClient,
  isVersioned: boolean,
  numRuns: number,
): Promise<Counters> {
  return proveSchedules(
    schedules,
    (schedule, counters) => runSchedule(createClient, schedule, isVersioned, counters),
    numRuns,
  );
}

/** Checks a client of many sandboxes in random schedules. */
export function proveList(
  createClient: (options: SandboxListClientOptions) => SandboxListClient,
  isVersioned: boolean,
  numRuns: number,
): Promise<Counters> {
  return proveSchedules(
    listSchedules,
    (schedule, counters) => runListSchedule(createClient, schedule, isVersioned, counters),
    numRuns,
  );
}

/** The events that every proof must cover, with their least counts in 20,000 schedules: every fault, outcome and act. */
export const requiredCounts: Readonly<Record<string, number>> = {
  'act send': 20_000,
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
  'settled with its state': 2000,
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
