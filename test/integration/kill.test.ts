import { beforeAll, expect, test } from 'vitest';
import { buildPlantedServer } from '../harness/kill/build-planted-server.ts';
import { type BugName, plantedBugs } from '../harness/kill/planted-bugs.ts';
import { type Report, reportOf } from '../harness/kill/report.ts';
import { runWorld } from '../harness/kill/run-world.ts';
import { isDeep } from '../harness/shared/scale.ts';

/** The number of kills. For more: `KILL_ROUNDS=1000 KILL_SEED=7 npx vitest run test/integration/kill.test.ts`. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? (isDeep ? 500 : 25));
const seed = Number(process.env['KILL_SEED'] ?? 1);

/** The number of rounds per data folder, and the share of them with the process driver. */
const worldRounds = 25;
const processShare = 0.8;

/** A time limit is for tests that hang. It is generous, so that a busy machine does not fail the test. */
const limitMs = (kills: number) => 600_000 + kills * 30_000;

const againWith = (worldSeed: number, worldKills: number) =>
  `KILL_SEED=${worldSeed} KILL_ROUNDS=${worldKills} npx vitest run test/integration/kill.test.ts`;

test(`${rounds} kills of a server lose no data (seed ${seed})`, {
  timeout: limitMs(rounds),
}, async () => {
  const tallies: Report[] = [];
  for (let done = 0; done < rounds; done += worldRounds) {
    const these = Math.min(worldRounds, rounds - done);
    const simulated = Math.floor(these * (1 - processShare));
    const world = { seed: seed + done / worldRounds, again: againWith(seed + done / worldRounds, these) };
    tallies.push(
      reportOf(await runWorld({ ...world, driver: 'process', rounds: these - simulated })),
      reportOf(await runWorld({ ...world, driver: 'simulated', rounds: simulated })),
    );
  }
  if (process.env['KILL_ROUNDS'] !== undefined) console.log(tallies);
  // The counts prove that the test covers something. A few rounds cannot reach them.
  if (rounds < worldRounds) return;
  const total = (count: (tally: Report) => number) => tallies.reduce((sum, tally) => sum + count(tally), 0);
  expect(total(({ answered }) => answered)).toBeGreaterThan(rounds * 10);
  expect(total(({ unanswered }) => unanswered)).toBeGreaterThan(rounds / 2);
  // A kill between a commit and its response is rare: a few in fifty rounds, and on a busy machine none.
  if (rounds >= 200) expect(total(({ doneUnanswered }) => doneUnanswered)).toBeGreaterThan(0);
  expect(total(({ repeated }) => repeated)).toBeGreaterThan(rounds / 2);
  const happened = Object.keys(leastOfEach).map(
    (type) => [type, total(({ events }) => events[type] ?? 0)] as const,
  );
  const tooRare = happened.filter(([type, times]) => times < rounds * (leastOfEach[type] ?? 0));
  expect(tooRare).toEqual([]);
});

/** The least number of events of each type per round, on average. */
const leastOfEach: Readonly<Record<string, number>> = {
  // A storm is killed at its first timeouts, and a start restarts the idle limits.
  timeout: 0.2,
  suspend: 0.2,
  'suspend.completed': 0.2,
  'resume.completed': 0.1,
  'snapshot.completed': 0.1,
  keepalive: 0.1,
  rename: 0.2,
  terminate: 0.2,
};

let plantedServer: string;
beforeAll(async () => {
  plantedServer = await buildPlantedServer();
});
const plantedRounds = 10;

/** A test must find a planted bug within this many seeds: whether a run reveals it depends on the pace of the machine. */
const mostSeeds = 4;

async function runPlanted(bug: BugName, seed: number): Promise<void> {
  const program = [process.execPath, plantedServer, bug];
  const again = againWith(seed, plantedRounds);
  await runWorld({ seed, again, driver: 'process', rounds: plantedRounds, program });
}

test('the server for planted bugs passes without a bug', {
  timeout: limitMs(plantedRounds),
}, async () => {
  await runPlanted('none', seed);
});

// A database that does not wait for the disk is missing here: only a power cut reveals it. Another test reads the pragmas.
test.each<[BugName, RegExp]>([
  [
    'responds before it commits',
    /is lost|differs from its response|Event \d+ of the stream|got two different responses/,
  ],
  ['commits only the first event of an update', /is lost|differs|wrong version|does not lead|version/],
  ['forgets its responses', /took effect 2 times|two different responses|took effect, but/],
  ['releases only sandboxes that it booted itself', /terminated and released .* has the processes/],
  ['takes sandboxes of an earlier server for exited', /failed without a cause/],
])(
  'the test finds a server that %s',
  { timeout: mostSeeds * limitMs(plantedRounds) },
  async (bug, problem) => {
    expect(Object.keys(plantedBugs)).toContain(bug);
    let found: unknown;
    for (let next = seed; found === undefined && next < seed + mostSeeds; next++)
      await runPlanted(bug, next).catch((error: unknown) => {
        found = error;
      });
    expect(String(found)).toMatch(problem);
  },
);
