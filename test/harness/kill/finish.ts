import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { checkData } from '../../../src/cli/check/check-data.ts';
import { nextDeadline } from '../../../src/model/duties.ts';
import type { Sandbox } from '../../../src/model/sandbox.ts';
import { Violation } from '../shared/violation.ts';
import { changeOf } from './history-oracle.ts';
import { type ApiSandbox, checkCrashes } from './process-invariants.ts';
import type { Address } from './send-request.ts';
import { readStoredData, type StoredData } from './stored-data.ts';
import type { World } from './world.ts';
import { checkAtRest, mustHaveNone, problemOfUnrest } from './world-invariants.ts';

/** The longest wait until everything in progress has ended, in ms. */
const patienceMs = 120_000;

/** The test waits for timeouts that are due within this many ms, and for those of untouched sandboxes. */
const soonMs = 2_000;

/**
 * Starts another server, waits until nothing is in progress, and checks everything. Then terminates all sandboxes and
 * checks that nothing of them is left. Throws the first problem.
 */
export async function finish(world: World): Promise<void> {
  await mustBeSound(world);
  await untilUntouchedAreDue(world);
  const first = world.launch();
  const address = await first.address;
  await untilQuiet(world, address);
  await compareHistories(world, address);
  // The comparison may have taken a while.
  await untilQuiet(world, address);
  await first.stop();
  await checkAtRest(world);

  const last = world.launch();
  await terminateAll(await last.address);
  await until(patienceMs, () => {
    const [orphan] = world.marks.living();
    return orphan && `All sandboxes are terminated, but a process is left: ${JSON.stringify(orphan)}`;
  });
  await untilQuiet(world, await last.address);
  await last.stop();
  const reading = await checkAtRest(world);
  await mustBeSound(world);
  if (world.driver === 'process') mustHaveNone(problemsOfFolders(world, reading));
}

/**
 * Waits without a server until the limits of the untouched sandboxes have expired. A right server then fires their timeouts
 * at its start. One that counts limits from its start is late by a whole limit, which is more than the oracle allows.
 */
async function untilUntouchedAreDue({ data, requestLog }: World): Promise<void> {
  const { entries } = await readStoredData(data, 0);
  const deadlines = [...requestLog.untouched].map((id) => {
    const sandbox = entries.get(id)?.sandbox;
    return (sandbox && runLimitOf(sandbox)) ?? 0;
  });
  await sleep(Math.max(0, Math.max(0, ...deadlines) - Date.now()));
}

/** The earlier run limit in epoch ms, or null without one. */
const runLimitOf = (sandbox: Sandbox) =>
  sandbox.incarnation === null ? null : nextDeadline({ ...sandbox, operation: null });

function isAboutToExpire(sandbox: Sandbox, isUntouched: boolean): boolean {
  const limit = runLimitOf(sandbox);
  return limit !== null && (isUntouched || limit <= Date.now() + soonMs);
}

/** Throws the problems that `sandbox-lifecycle check` reports for the folder, as a kill or a clean stop has left it. */
async function mustBeSound({ data }: World): Promise<void> {
  mustHaveNone((await checkData(data)).problems.map((problem) => JSON.stringify(problem)));
}

/** Waits until no operation is in progress, no timeout or crash is about to come, and the follower has every event. */
async function untilQuiet(world: World, address: Address): Promise<void> {
  const { data, driver, follower, requestLog, marks, pace } = world;
  await until(patienceMs + pace.untouchedMs, async () => {
    const sandboxes = await livingSandboxes(address);
    const restless = sandboxes.find(
      ({ lifecycle }) =>
        lifecycle.operation !== null || isAboutToExpire(lifecycle, requestLog.untouched.has(lifecycle.id)),
    );
    if (restless) return `A sandbox does not come to rest: ${JSON.stringify(restless.lifecycle)}`;
    const crash = checkCrashes(sandboxes, marks.living(), requestLog);
    if (crash) return crash;
    const released = driver === 'process' ? namesIn(join(data, 'released')) : [];
    if (released.length > 0) return `Released folders still exist: ${released}`;
    const [received, last] = [follower.received.at(-1)?.sequence ?? 0, await lastSequence(address)];
    if (received !== last) return `The stream has sent event ${received} of ${last}`;
    return unreleasedIn(data, last);
  });
}

/** A terminated sandbox whose release is not on the disk yet. The API does not show it. */
async function unreleasedIn(data: string, after: number): Promise<string | undefined> {
  try {
    const { entries } = await readStoredData(data, after);
    const unsettled = [...entries.values()].find((entry) => problemOfUnrest(entry) !== undefined);
    return unsettled && problemOfUnrest(unsettled);
  } catch (error) {
    // The copy of a database that a server writes to may be torn.
    return `The database cannot be read: ${error}`;
  }
}

async function livingSandboxes({ url }: Address): Promise<ApiSandbox[]> {
  const status = 'pending,running,snapshotting,suspending,suspended';
  const response = await fetch(`${url}/sandboxes?limit=1000&status=${status}`);
  const { sandboxes } = (await response.json()) as { sandboxes: ApiSandbox[] };
  return sandboxes;
}

/** The sequence at which the stream of all events begins for a new reader. */
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
  throw new Violation('The stream of all events does not send the sequence at which it begins.');
}

/** Compares some histories of the API with the events that the follower received. */
async function compareHistories({ history, follower, random }: World, { url }: Address): Promise<void> {
  const ids = [...new Set(follower.received.map(({ change }) => change.sandbox_id))];
  for (const id of Array.from({ length: Math.min(30, ids.length) }, () => random.pick(ids))) {
    const received = follower.received
      .filter(({ change }) => change.sandbox_id === id)
      .map(({ change }) => change);
    const shown: unknown[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const response = await fetch(`${url}/sandboxes/${id}/history?limit=7&after=${after}`);
      const page = (await response.json()) as { history: unknown[]; next_after: number | null };
      shown.push(...page.history);
      after = page.next_after;
    }
    if (!isDeepStrictEqual(shown, received))
      throw new Violation(`The history of ${id} differs from its events in the stream.`);
    const before = history.of(id).map(changeOf);
    if (!isDeepStrictEqual(shown.slice(0, before.length), before))
      throw new Violation(`The history of ${id} has changed since an earlier kill.`);
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

/** Checks that only folders of snapshots are on the disk. */
function* problemsOfFolders({ data }: World, { snapshots }: StoredData): Generator<string | undefined> {
  for (const folder of ['sandboxes', 'released']) {
    const names = namesIn(join(data, folder));
    if (names.length > 0) yield `The folder ${folder} still holds ${names}.`;
  }
  const found = namesIn(join(data, 'snapshots')).sort();
  const expected = snapshots.flatMap(({ id, status }) => (status === 'failed' ? [] : [id])).sort();
  if (!isDeepStrictEqual(found, expected))
    yield `The folder snapshots holds ${found}, but the records have ${expected}.`;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Waits until `problemNow` returns undefined. Throws the problem that remains after the time limit. */
async function until(
  limitMs: number,
  problemNow: () => string | undefined | Promise<string | undefined>,
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const problem = await problemNow();
    if (problem === undefined) return;
    if (Date.now() > end) throw new Violation(`After ${limitMs} ms: ${problem}.`);
    await sleep(50);
  }
}
