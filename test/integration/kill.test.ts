import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type BugName, plantedBugs } from '../harness/kill/planted-bugs.ts';
import { type Report, reportOf } from '../harness/kill/report.ts';
import { runWorld } from '../harness/kill/run-world.ts';
import { isDeep } from '../harness/shared/scale.ts';

/** More on demand: `KILL_ROUNDS=1000 KILL_SEED=7 npx vitest run test/integration/kill.test.ts`. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? (isDeep ? 500 : 50));
const seed = Number(process.env['KILL_SEED'] ?? 1);

/** How many rounds one data folder lives for, and how many of them under the process driver. */
const worldRounds = 50;
const processShare = 0.8;

/** A limit is for what hangs, and a busy machine is no reason to fail. */
const limitMs = (kills: number) => 60_000 + kills * 10_000;

const againWith = (worldSeed: number, worldKills: number) =>
  `KILL_SEED=${worldSeed} KILL_ROUNDS=${worldKills} npx vitest run test/integration/kill.test.ts`;

test(`${rounds} servers are killed, and nothing is lost (seed ${seed})`, {
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
  // A test in which nothing happens passes too. In a few rounds not everything has to happen.
  if (rounds < worldRounds) return;
  const total = (count: (tally: Report) => number) => tallies.reduce((sum, tally) => sum + count(tally), 0);
  expect(total(({ answered }) => answered)).toBeGreaterThan(rounds * 10);
  expect(total(({ unanswered }) => unanswered)).toBeGreaterThan(rounds / 2);
  // A kill between the commit and its answer is rare: a few in fifty rounds, and on a busy machine none.
  if (rounds >= 4 * worldRounds) expect(total(({ doneUnanswered }) => doneUnanswered)).toBeGreaterThan(0);
  expect(total(({ repeated }) => repeated)).toBeGreaterThan(rounds / 2);
  const happened = Object.keys(leastOfEach).map(
    (type) => [type, total(({ events }) => events[type] ?? 0)] as const,
  );
  const tooRare = happened.filter(([type, times]) => times < rounds * (leastOfEach[type] ?? 0));
  expect(tooRare).toEqual([]);
});

/** How often each event has to have come in a round, on the average. */
const leastOfEach: Readonly<Record<string, number>> = {
  timeout: 0.4,
  suspend: 0.2,
  'suspend.completed': 0.2,
  'resume.completed': 0.1,
  'snapshot.completed': 0.1,
  keepalive: 0.1,
  rename: 0.2,
  terminate: 0.2,
};

const plantedServer = fileURLToPath(new URL('../harness/kill/planted-server.ts', import.meta.url));
const plantedRounds = 10;

async function runPlanted(bug: BugName): Promise<void> {
  const program = [process.execPath, '--import', 'tsx', plantedServer, bug];
  const again = againWith(seed, rounds);
  await runWorld({ seed, again, driver: 'process', rounds: plantedRounds, program });
}

test('the server that bugs are planted in has none of its own', {
  timeout: limitMs(plantedRounds),
}, async () => {
  await runPlanted('none');
});

// Not among them: a database that does not wait for the disk. Only a power cut would show that; the pragmas are asserted.
test.each<[BugName, RegExp]>([
  [
    'answers before it commits',
    /is lost|is in the history|Event \d+ of the stream|answered one way, and then another/,
  ],
  ['forgets what it answered', /done 2 times|answered/],
  ['counts timeouts from its start', /A timeout (was|is) \d+ ms late/],
  ['releases only what it booted itself', /terminated and released .* has the processes/],
  ['takes what it did not boot for gone', /Something failed by itself/],
])('a server that %s is found out', { timeout: limitMs(plantedRounds) }, async (bug, problem) => {
  expect(Object.keys(plantedBugs)).toContain(bug);
  await expect(runPlanted(bug)).rejects.toThrow(problem);
});
