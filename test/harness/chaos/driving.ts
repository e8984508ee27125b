import type { SimulatedEffect } from '../../../src/server/driver/simulated/index.ts';
import type { LivedThrough } from './host-lives.ts';
import type { PlatformCall } from './platform.ts';

/** How long a host must have lived when it calls, in ms. */
const momentMs = 100;

/**
 * The problems in the calls of the platform: an operation that two living hosts carry out at once, an adoption beside the work of another
 * living host, and a start after the release. A host that was paused, or whose lease has ended, may call once more before it knows.
 */
export function* problemsOfDriving(
  calls: readonly PlatformCall[],
  effects: readonly SimulatedEffect[],
  lived: LivedThrough,
): Generator<string> {
  const knew = ({ host, begunAt }: PlatformCall) => lived(host, begunAt - momentMs, begunAt);
  for (const [sandboxId, own] of bySandbox(calls)) {
    for (const [older, newer] of overlaps(own))
      if (isOneAct(older, newer) && lived(older.host, older.begunAt, newer.begunAt) && knew(newer))
        yield `Two living hosts act on ${sandboxId} at once: ${JSON.stringify([older, newer])}`;
    const releasedAt = Math.min(
      ...own.flatMap(({ kind, isDone, endedAt }) =>
        kind === 'release' && isDone && endedAt ? [endedAt] : [],
      ),
    );
    for (const call of own)
      if (call.begunAt > releasedAt && startsSandbox(call) && knew(call))
        yield `A living host starts ${sandboxId} after its release: ${JSON.stringify(call)}`;
  }
  yield* problemsOfEffects(effects);
}

/** How many calls for a sandbox began while another host was still at an earlier operation of it. */
export function countHandovers(calls: readonly PlatformCall[]): number {
  let count = 0;
  for (const own of bySandbox(calls).values())
    for (const [older, newer] of overlaps(own)) if (!isOneAct(older, newer)) count += 1;
  return count;
}

/** The platform itself starts nothing after its release, whichever host asks. */
function* problemsOfEffects(effects: readonly SimulatedEffect[]): Generator<string> {
  const released = new Set<string>();
  for (const { kind, sandboxId, operation } of effects) {
    if (kind === 'release') released.add(sandboxId);
    else if (kind !== 'deleteSnapshot' && released.has(sandboxId))
      yield `The platform did ${kind} ${operation} of ${sandboxId} after its release.`;
  }
}

const startsSandbox = ({ kind, operation }: PlatformCall) =>
  kind === 'boot' || kind === 'resume' || (kind === 'adopt' && operation > 0);

/** Whether two calls may never overlap. The next operation may begin while a host still hears that its own is void. */
const isOneAct = (older: PlatformCall, newer: PlatformCall) =>
  older.operation === newer.operation || older.kind === 'adopt' || newer.kind === 'adopt';

function bySandbox(calls: readonly PlatformCall[]): Map<string, PlatformCall[]> {
  const groups = new Map<string, PlatformCall[]>();
  for (const call of calls) {
    const group = groups.get(call.sandboxId);
    if (group) group.push(call);
    else groups.set(call.sandboxId, [call]);
  }
  return groups;
}

/** The pairs of calls by different hosts of which the older one was open when the newer one began. */
function* overlaps(calls: readonly PlatformCall[]): Generator<readonly [PlatformCall, PlatformCall]> {
  for (const [index, newer] of calls.entries())
    for (const older of calls.slice(0, index))
      if (older.host !== newer.host && (older.endedAt ?? Number.POSITIVE_INFINITY) > newer.begunAt)
        yield [older, newer];
}
