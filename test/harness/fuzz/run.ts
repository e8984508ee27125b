import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { parseSandbox } from '../../../src/schema/index.ts';
import { checkHistory } from '../../../src/server/index.ts';
import { eventReader } from '../server/event-stream.ts';
import { pendingDigests } from '../shared/digests.ts';
import { type Sent, toRequest } from './exchange.ts';
import { checkResponse, checkStreamBlock, isStream } from './oracle.ts';
import { rememberPrototypes } from './prototypes.ts';
import type { RequestPlan } from './requests.ts';
import { type Overrides, rest, startWorld, type World, type WorldOptions } from './world.ts';

/** Called for each response. */
export type Count = (plan: RequestPlan, sent: Sent, status: number) => void;

/** Sends requests to one server, one after the other, and fails at the first violation. */
export async function runSequence(
  options: WorldOptions,
  plans: readonly RequestPlan[],
  count: Count,
  overrides: Overrides = {},
): Promise<void> {
  const prototypes = rememberPrototypes();
  try {
    const world = await startWorld(options, overrides);
    try {
      for (const [index, plan] of plans.entries()) {
        if (index === options.stopsAfter) stop(world);
        await send(plan, world, count);
        if (plan.pauseMs === 0) continue;
        await world.clock.advance(plan.pauseMs);
        await rest(world);
      }
      await end(world);
    } finally {
      world.api.close();
      await inTime(world.host.close(), world, 'the close of the host');
    }
  } finally {
    expect(prototypes.firstChange(), 'the first changed property of a shared object').toBeUndefined();
  }
}

async function send(plan: RequestPlan, world: World, count: Count): Promise<void> {
  const { clock, ledger } = world;
  const before = { changes: ledger.changes, at: clock.now() };
  const sent = toRequest(plan, world);
  const where = `${plan.method} ${sent.url.pathname.slice(0, 200)}`;
  if (plan.disconnectsAfterMs !== null) clock.wake(plan.disconnectsAfterMs, () => sent.disconnect.abort());
  const response = await inTime(world.fetch(sent.request), world, where);
  if (isStream(response) && plan.method !== 'HEAD') {
    checkResponse({ ...{ plan, sent, response, body: '' }, ...since(before, world) }, world);
    await readStream(plan, sent, response, world);
    await rest(world);
  } else {
    const body = await inTime(response.text(), world, where);
    await rest(world);
    checkResponse({ ...{ plan, sent, response, body }, ...since(before, world) }, world);
    keepCursors(response, body, world);
  }
  count(plan, sent, response.status);
}

function since({ changes, at }: { changes: number; at: number }, { clock, ledger }: World) {
  return { hasMoved: clock.now() !== at, changes: ledger.changes - changes };
}

/** The longest time to a response, in s. A wait takes at most 60 s, and a stream sends something every 15 s. */
const mostSeconds = 70;

/** How many turns of the event loop without a result pass before the clock moves. */
const mostTurns = 200;

/** How far the clock moves in one step, in s. */
const stepSeconds = 5;

/** Awaits a promise; throws when it does not settle in time. The clock moves only when nothing else can run. */
async function inTime<Value>(awaited: Promise<Value>, { clock }: World, where: string): Promise<Value> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  awaited.then(settled, settled);
  for (let seconds = 0; !isSettled; seconds += stepSeconds) {
    for (let turns = 0; turns < mostTurns && !isSettled; turns++) {
      await setImmediate();
      if (pendingDigests() > 0) turns = 0;
    }
    if (isSettled) break;
    if (seconds >= mostSeconds) throw new Error(`No response after ${mostSeconds} s: ${where}`);
    await clock.advance(stepSeconds * 1_000);
  }
  return awaited;
}

async function readStream(plan: RequestPlan, sent: Sent, response: Response, world: World): Promise<void> {
  const reader = eventReader(response);
  const where = `the stream of ${sent.url.pathname}`;
  for (let blocks = 0; blocks < plan.blocks; blocks++) {
    const block = await inTime(reader.next(), world, where);
    checkStreamBlock(block, where);
    if (block === undefined) return;
  }
  if (plan.leavesOpen) world.open.push(reader);
  else if (plan.disconnectsAfterMs === null) await inTime(reader.cancel(), world, where);
  else sent.disconnect.abort();
}

function keepCursors({ status }: Response, body: string, { cursors }: World): void {
  if (status !== 200 || !body.startsWith('{"sandboxes"')) return;
  const { prev_cursor: before, next_cursor: after } = JSON.parse(body) as Record<string, string | null>;
  cursors.push(...[before, after].filter((cursor) => typeof cursor === 'string'));
}

function stop(world: World): void {
  world.isStopping = true;
  world.api.close();
}

/** Stops the server and checks the end: every stream is complete and closed, and every record is legal. */
async function end(world: World): Promise<void> {
  stop(world);
  await rest(world);
  for (const reader of world.open) {
    for (const block of await inTime(reader.rest(), world, 'a stream at the end'))
      checkStreamBlock(block, 'at the end');
  }
  const counts = world.observations.flatMap((one) => (one.type === 'streams' ? [one.open] : []));
  expect(counts.at(-1) ?? 0, 'streams that are open at the end').toBe(0);
  expect(world.observations.filter(({ type }) => type === 'problem')).toEqual([]);
  await rest(world);
  await mustBeLegal(world);
}

async function mustBeLegal({ ledger: { store, entries } }: World): Promise<void> {
  expect(await store.broken('', 99)).toEqual([]);
  for (const id of entries.keys()) {
    const entry = await store.get(id);
    if (entry === undefined) throw new Error(`Sandbox ${id} is missing.`);
    expect(parseSandbox(entry.sandbox)).toEqual(entry.sandbox);
    const rows = await store.history({ after: 0, limit: 10_000, sandboxId: id });
    expect(checkHistory(rows, entry), `the history of ${id}`).toBeUndefined();
  }
}
