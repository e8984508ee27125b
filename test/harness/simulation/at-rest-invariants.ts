import { duties } from '../../../src/model/duties.ts';
import type { Sandbox } from '../../../src/model/sandbox.ts';
import type { SandboxEntry } from '../../../src/server/store/store.ts';
import { must, mustEqual } from '../shared/violation.ts';
import type { Request } from './request.ts';
import type { World } from './world.ts';

/** Checks what must be so when nothing has gone wrong for a while: everything has ended, and the platform is as on record. */
export async function checkAtRest(world: World, requests: readonly Request[]): Promise<void> {
  const { audit, disk } = world;
  for (const [id, entry] of audit.entries) {
    mustEqual(await disk.get(id), entry, `${id} on the disk`);
    checkSettled(world, entry);
    checkThere(world, entry);
  }
  for (const { sandboxId } of world.platform.sandboxes()) {
    must(audit.entries.has(sandboxId), `${sandboxId} is on the platform and has no record`);
  }
  await checkSnapshots(world);
  checkEffects(world);
  checkRequests(world, requests);
}

/** Nothing is under way for ever, and no timeout was left out. */
function checkSettled({ clock }: World, { sandbox, released }: SandboxEntry): void {
  const { id, status, operation } = sandbox;
  must(operation === null, `${id} is still ${status}, with operation ${JSON.stringify(operation)}`);
  const { timeoutAt } = duties(sandbox);
  const late = timeoutAt === undefined ? 0 : clock.now() - timeoutAt;
  must(late <= 2_000, `the timeout of ${id}, which is ${status}, has been due for ${late} ms`);
  must(status !== 'terminated' || released, `${id} is terminated, and was not released`);
}

const there = {
  pending: undefined,
  running: 'running',
  snapshotting: 'running',
  suspending: 'running',
  suspended: 'paused',
  terminated: undefined,
} as const;

function checkThere(world: World, { sandbox }: SandboxEntry): void {
  const { platform } = world;
  if (isLost(world, sandbox)) return;
  const found = platform.get(sandbox.id)?.state;
  const { id, status } = sandbox;
  must(found === there[status], `${id} is ${status}, and on the platform it is ${found ?? 'not there'}`);
}

/**
 * Whether the platform lost a suspended sandbox where a host can do nothing about it: between its resume and the report of
 * it, when it told that the resume failed, or after it was woken by what was asked for by a host that is gone.
 */
function isLost({ platform, audit, untoldAdoptions }: World, { id, status }: Sandbox): boolean {
  const last = platform.effects.findLast(
    ({ sandboxId, kind }) => sandboxId === id && kind !== 'deleteSnapshot',
  );
  if (status !== 'suspended' || last?.kind !== 'die') return false;
  if (untoldAdoptions.has(id)) return true;
  return !audit.rows.some(
    ({ sandboxId, event }) =>
      sandboxId === id &&
      'operation' in event &&
      event.operation === last.operation &&
      event.type.endsWith('.completed'),
  );
}

/** A snapshot holds something exactly when somebody can restore from it. */
async function checkSnapshots({ audit, platform, disk, untoldCaptures }: World): Promise<void> {
  const held = new Set(platform.snapshots().map(({ snapshotId }) => snapshotId));
  for (const { id, status } of audit.snapshots.values()) {
    must(status !== 'in_progress', `snapshot ${id} is still in progress`);
    const isWanted = status === 'completed' && !audit.deletedSnapshots.has(id);
    if (held.has(id) && untoldCaptures.has(id)) continue;
    must(
      held.has(id) === isWanted,
      `snapshot ${id} is ${status}${isWanted ? '' : ', or deleted'}: held is ${held.has(id)}`,
    );
  }
  mustEqual(await disk.removableSnapshots(), [], 'the snapshots that are still to be removed');
}

/** Nothing was done twice, but what an `adopt` has undone in between. */
function checkEffects({ platform }: World): void {
  const undone = new Map<string, number>();
  const done = new Map<string, number>();
  for (const { kind, sandboxId, operation } of platform.effects) {
    if (kind === 'adopt') undone.set(sandboxId, (undone.get(sandboxId) ?? 0) + 1);
    if (!['boot', 'snapshot', 'suspend', 'resume'].includes(kind)) continue;
    const key = `${kind} ${sandboxId}/${operation}`;
    const times = (done.get(key) ?? 0) + 1;
    done.set(key, times);
    must(times <= 1 + (undone.get(sandboxId) ?? 0), `${key} was done ${times} times`);
  }
}

/** What a request did is what its client was told, and was done once. */
function checkRequests({ audit, profile }: World, requests: readonly Request[]): void {
  for (const { cause, answer, key, ask, wasInDoubt } of requests) {
    const rows = audit.causedBy(cause).length;
    must(rows <= 1, `${cause} was done ${rows} times`);
    must(key === undefined || answer !== undefined, `${cause} was never answered`);
    const mayHaveBeenDone = wasInDoubt && profile.stragglers > 0;
    if (answer?.kind === 'rejected' && !mayHaveBeenDone)
      must(rows === 0, `${cause} was rejected, and done all the same`);
    if (answer?.kind !== 'answered' || ask.kind === 'update' || ask.kind === 'deleteSnapshot') continue;
    const outcome =
      ask.kind === 'create' ? 'applied' : (answer.value as { result: { outcome: string } }).result.outcome;
    must(rows === (outcome === 'applied' ? 1 : 0), `${cause} was ${outcome}, and has ${rows} rows`);
  }
  checkUpdates(audit, requests);
}

/** What was set up last is what is there. */
function checkUpdates(audit: World['audit'], requests: readonly Request[]): void {
  const updates = requests.flatMap((request) =>
    request.ask.kind === 'update'
      ? [{ request, port: request.ask.request.configuration?.exposedPorts?.[0] }]
      : [],
  );
  for (const { sandbox, configuration } of audit.entries.values()) {
    const there = updates.find(({ port }) => port === configuration.exposedPorts?.[0]);
    for (const { request } of updates) {
      const { answer } = request;
      if (answer?.kind !== 'answered' || (answer.value as SandboxEntry).sandbox.id !== sandbox.id) continue;
      must(there !== undefined, `${request.cause} was lost`);
      const isOlder = (there.request.commitsAfter ?? Number.POSITIVE_INFINITY) <= request.commitsBefore;
      must(!isOlder, `${request.cause} was overwritten by ${there.request.cause}, which came before it`);
    }
  }
}
