import { setTimeout as sleep } from 'node:timers/promises';
import { killIfThere } from './live-processes.ts';
import { retryRequests, runLoad } from './load.ts';
import { type Address, sendRequest } from './send-request.ts';
import type { Launched, World } from './world.ts';
import { checkAfterKill } from './world-invariants.ts';

/** The longest that clients send requests in one round, in ms. */
const longestLoadMs = 1_500;

/** The most responses that clients get in one round. */
const mostAnswers = { process: 50, simulated: 250 } as const;

/** The idle limit of the sandboxes in a storm, in s. */
const stormLimitSeconds = 1;

/** How long a storm may be late, in ms. After that the kill comes without one. */
const longestDelayMs = 5_000;

/** How many sandboxes time out at once in a storm. */
const stormSize = { process: 8, simulated: 80 } as const;

/**
 * Kills servers on the data of a world: mostly under load, else during the start or during a storm of timeouts. Checks
 * the disk after each kill. Throws the first problem.
 */
export async function runRounds(world: World, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    try {
      await runRound(world);
    } catch (error) {
      throw new Error(`Round ${round}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}

async function runRound(world: World): Promise<void> {
  const draw = world.random.next();
  if (draw < 0.15) await killWhileStarting(world);
  else if (draw < 0.25) await killInStorm(world);
  else await killUnderLoad(world);
  if (world.random.chance(0.1)) killProcess(world);
}

async function killWhileStarting(world: World): Promise<void> {
  const server = world.launch();
  await sleep(world.pace.startMs * (0.2 + world.random.next()));
  await kill(world, server);
}

async function killUnderLoad(world: World): Promise<void> {
  const { random, requestLog } = world;
  const server = await launchAndListen(world);
  const retries = retryRequests(await server.address, requestLog, random);
  // Sometimes the retries of earlier requests are still in flight when the new load begins.
  if (random.chance(0.7)) await retries;
  if (world.history.rows.length === 0 || random.chance(0.15))
    await createUntouched(world, await server.address);
  let left = random.between(4, mostAnswers[world.driver]);
  const lingersMs = random.chance(0.4) ? random.between(0, 10) : 0;
  let killed: Promise<void> | undefined;
  const onAnswer = () => {
    left -= 1;
    // Kills at the very response, which must be on the disk already.
    if (left <= 0 && lingersMs === 0) killed ??= server.kill();
    return left > 0;
  };
  const { generator, clients } = world;
  const loaded = runLoad(
    await server.address,
    { requestLog, generator, random, clients, onAnswer },
    AbortSignal.timeout(longestLoadMs),
  );
  await Promise.race([loaded, sleep(longestLoadMs)]);
  await sleep(lingersMs);
  await (killed ?? server.kill());
  await Promise.all([loaded, retries]);
  await checkAfterKill(world);
}

/**
 * Kills a server while it fires many timeouts at once. A start restarts the idle limits, so the storm comes one limit after
 * it: the kill follows the first timeout that the server reports, and not a guess of its time.
 */
async function killInStorm(world: World): Promise<void> {
  const { requestLog, generator, driver, random, follower } = world;
  const first = await launchAndListen(world);
  const address = await first.address;
  await Promise.all(
    Array.from({ length: stormSize[driver] }, () =>
      sendRequest(requestLog, address, generator.limited(stormLimitSeconds)),
    ),
  );
  await sleep(200);
  await kill(world, first);
  const from = follower.received.length;
  const second = await launchAndListen(world);
  const end = performance.now() + stormLimitSeconds * 1000 + longestDelayMs;
  const hasBegun = () => follower.received.slice(from).some(({ change }) => change.event.type === 'timeout');
  while (!hasBegun() && performance.now() < end) await sleep(2);
  await sleep(random.between(0, 20));
  await kill(world, second);
}

/** Creates two sandboxes that get no commands. Their timeouts would be missing or late if a restart extended the limits. */
async function createUntouched({ requestLog, generator, pace }: World, address: Address): Promise<void> {
  const seconds = Math.ceil(pace.untouchedMs / 1000);
  for (let count = 0; count < 2; count++) {
    const answer = await sendRequest(requestLog, address, generator.limited(seconds));
    if (answer?.status === 200) requestLog.untouched.add(JSON.parse(answer.body).sandbox_id);
  }
}

async function kill(world: World, server: Launched): Promise<void> {
  await server.kill();
  await checkAfterKill(world);
}

async function launchAndListen(world: World): Promise<Launched> {
  const server = world.launch();
  await server.address;
  return server;
}

/**
 * Kills the process of one sandbox while no server runs. Chooses a process that is not stopped. Its record may still be
 * `suspended`: when a resume had continued the process, and the server was killed before it wrote `resume.completed`.
 */
function killProcess({ marks, requestLog, driver }: World): void {
  if (driver !== 'process') return;
  const victim = marks
    .living()
    .find(({ mark, isStopped }) => !isStopped && requestLog.creations.get(mark)?.shape === 'one');
  if (victim === undefined) return;
  if (killIfThere(victim.pid)) requestLog.killedMarks.add(victim.mark);
}
