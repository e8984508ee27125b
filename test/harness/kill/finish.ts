import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { checkData } from '../../../src/cli/check/check-data.ts';
import { Violation } from '../shared/violation.ts';
import { changeOf } from './history-oracle.ts';
import { checkCrashes, type Shown } from './process-invariants.ts';
import type { Address } from './send-request.ts';
import type { StoredData } from './stored-data.ts';
import type { World } from './world.ts';
import { checkAtRest, mustHaveNone } from './world-invariants.ts';

/** How long what is under way may take to end, in ms. */
const patienceMs = 120_000;

/** Timeouts that are due within so many ms are waited for. */
const soonMs = 2_000;

/**
 * Starts a last server, lets it become quiet, and judges everything; then terminates all that lives, and sees that
 * nothing is left of it. Throws at the first thing that is wrong.
 */
export async function finish(world: World): Promise<void> {
  await mustBeSound(world);
  const first = world.launch();
  const address = await first.address;
  await untilQuiet(world, address);
  await compareHistories(world, address);
  // That may have taken a while.
  await untilQuiet(world, address);
  await first.stop();
  await checkAtRest(world);

  const last = world.launch();
  await terminateAll(await last.address);
  await until(() => {
    const [orphan] = world.marks.living();
    return orphan && `All is terminated, and a process is left: ${JSON.stringify(orphan)}`;
  });
  await untilQuiet(world, await last.address);
  await last.stop();
  const reading = await checkAtRest(world);
  await mustBeSound(world);
  if (world.driver === 'process') mustHaveNone(problemsOfFolders(world, reading));
}

/** What `sandbox-lifecycle check` says of the folder: as a kill has left it, and after a clean stop. */
async function mustBeSound({ data }: World): Promise<void> {
  mustHaveNone((await checkData(data)).problems.map((problem) => JSON.stringify(problem)));
}

/** Waits until no operation runs, no timeout or crash is about to come, and the follower has every event. */
async function untilQuiet(world: World, address: Address): Promise<void> {
  const { data, driver, follower, requestLog, marks } = world;
  await until(async () => {
    const sandboxes = await livingSandboxes(address);
    const restless = sandboxes.find(
      ({ lifecycle: { operation, expiresAt } }) =>
        operation !== null || (expiresAt !== null && expiresAt <= Date.now() + soonMs),
    );
    if (restless) return `This sandbox does not come to rest: ${JSON.stringify(restless.lifecycle)}`;
    const crash = checkCrashes(sandboxes, marks.living(), requestLog);
    if (crash) return crash;
    const released = driver === 'process' ? namesIn(join(data, 'released')) : [];
    if (released.length > 0) return `What was released is still there: ${released}`;
    const [told, last] = [follower.told.at(-1)?.sequence ?? 0, await lastSequence(address)];
    if (told !== last) return `The stream has told up to ${told}, of ${last}`;
    return undefined;
  });
  // The last step of a release is to remove the folder; that it is done is written down a moment later.
  await sleep(100);
}

async function livingSandboxes({ url }: Address): Promise<Shown[]> {
  const status = 'pending,running,snapshotting,suspending,suspended';
  const response = await fetch(`${url}/sandboxes?limit=1000&status=${status}`);
  const { sandboxes } = (await response.json()) as { sandboxes: Shown[] };
  return sandboxes;
}

/** Where the stream of all events begins for one who comes now. */
async function lastSequence({ url }: Address): Promise<number> {
  const done = new AbortController();
  const { body } = await fetch(`${url}/sandboxes/events`, { signal: done.signal });
  let text = '';
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const sequence = /^id: (\d+)$/m.exec(text)?.[1];
    if (sequence === undefined) continue;
    return Number(sequence);
  }
  throw new Violation('The stream of all events does not say where it begins.');
}

/** Holds what the API shows of some histories against what clients were told as it happened. */
async function compareHistories({ history, follower, random }: World, { url }: Address): Promise<void> {
  const ids = [...new Set(follower.told.map(({ change }) => change.sandbox_id))];
  for (const id of Array.from({ length: Math.min(30, ids.length) }, () => random.pick(ids))) {
    const told = follower.told.filter(({ change }) => change.sandbox_id === id).map(({ change }) => change);
    const shown: unknown[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const response = await fetch(`${url}/sandboxes/${id}/history?limit=7&after=${after}`);
      const page = (await response.json()) as { history: unknown[]; next_after: number | null };
      shown.push(...page.history);
      after = page.next_after;
    }
    if (!isDeepStrictEqual(shown, told)) throw new Violation(`The history of ${id} is not what was told.`);
    const before = history.of(id).map(changeOf);
    if (!isDeepStrictEqual(shown.slice(0, before.length), before))
      throw new Violation(`The history of ${id} is not what it was.`);
  }
}

async function terminateAll(address: Address): Promise<void> {
  const living = await livingSandboxes(address);
  await Promise.all(
    living.map(async ({ lifecycle: { id } }) => {
      const { status } = await fetch(`${address.url}/sandboxes/${id}`, { method: 'DELETE' });
      if (status !== 200) throw new Violation(`Sandbox ${id} could not be terminated: ${status}.`);
    }),
  );
}

/** On the disk there is what the completed snapshots hold, and nothing else. */
function* problemsOfFolders({ data }: World, { snapshots }: StoredData): Generator<string | undefined> {
  for (const folder of ['sandboxes', 'released']) {
    const names = namesIn(join(data, folder));
    if (names.length > 0) yield `The folder ${folder} still holds ${names}.`;
  }
  const there = namesIn(join(data, 'snapshots')).sort();
  const wanted = snapshots.flatMap(({ id, status }) => (status === 'failed' ? [] : [id])).sort();
  if (!isDeepStrictEqual(there, wanted))
    yield `The folder snapshots holds ${there}, where the records have ${wanted}.`;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Waits until there is no problem. Throws the one that does not go away. */
async function until(problemNow: () => string | undefined | Promise<string | undefined>): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const problem = await problemNow();
    if (problem === undefined) return;
    if (Date.now() > end) throw new Violation(`After ${patienceMs} ms: ${problem}.`);
    await sleep(50);
  }
}
