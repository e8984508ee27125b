import { duties } from '../../../src/model/duties.ts';
import type { HistoryRow, SandboxEntry } from '../../../src/server/store/records.ts';
import { must, mustEqual } from '../shared/violation.ts';
import type { Request } from './request.ts';
import { checkRetention } from './retention-invariants.ts';
import type { World } from './world.ts';

/** Checks the state after a while without faults: no operation is in progress, and the platform matches the records. */
export async function checkAtRest(world: World, requests: readonly Request[]): Promise<void> {
  const { audit, disk } = world;
  for (const [id, entry] of audit.entries) {
    if (!world.retention.deleted.has(id)) mustEqual(await disk.get(id), entry, `${id} on the disk`);
    checkSettled(world, entry);
    checkPlatform(world, entry);
  }
  for (const { sandboxId } of world.platform.sandboxes()) {
    if (world.foreign.has(sandboxId)) continue;
    must(audit.entries.has(sandboxId), `${sandboxId} is on the platform and has no record`);
  }
  for (const id of world.foreign)
    must(world.platform.get(id) !== undefined, `${id} of another owner was removed`);
  await checkSnapshots(world);
  await checkRetention(world);
  checkEffects(world);
  checkRequests(world, requests);
}

/** Checks that no operation is in progress and no timeout is overdue. */
function checkSettled({ clock }: World, { sandbox, released }: SandboxEntry): void {
  const { id, status, operation } = sandbox;
  must(operation === null, `${id} is still ${status}, with operation ${JSON.stringify(operation)}`);
  const { timeoutAt } = duties(sandbox);
  const late = timeoutAt === undefined ? 0 : clock.now() - timeoutAt;
  must(late <= 2_000, `the timeout of ${id}, which is ${status}, has been due for ${late} ms`);
  must(status !== 'terminated' || released, `${id} is terminated, and was not released`);
}

const platformStates = {
  pending: undefined,
  running: 'running',
  snapshotting: 'running',
  suspending: 'running',
  suspended: 'paused',
  terminated: undefined,
} as const;

function checkPlatform(world: World, { sandbox }: SandboxEntry): void {
  const { platform } = world;
  const instance = platform.get(sandbox.id);
  const found = instance?.state;
  const { id, status } = sandbox;
  must(
    found === platformStates[status],
    `${id} is ${status}, and on the platform it is ${found ?? 'missing'}`,
  );
  const { generation } = duties(sandbox);
  must(
    generation === undefined || instance?.generation === generation,
    `${id} has generation ${generation}, and on the platform ${instance?.generation}`,
  );
}

/** Checks that the platform stores data for exactly the snapshots that clients can restore from. */
async function checkSnapshots({ audit, platform, disk, unreportedCaptures }: World): Promise<void> {
  const held = new Set(platform.snapshots().map(({ snapshotId }) => snapshotId));
  for (const { id, status } of audit.snapshots.values()) {
    must(status !== 'in_progress', `snapshot ${id} is still in progress`);
    const isWanted = status === 'completed' && !audit.deletedSnapshots.has(id);
    if (held.has(id) && unreportedCaptures.has(id)) continue;
    must(
      held.has(id) === isWanted,
      `snapshot ${id} is ${isWanted ? 'completed' : `${status} or deleted`}, and its data ${held.has(id) ? 'exists' : 'is missing'}`,
    );
  }
  mustEqual(await disk.removableSnapshots('', 99), [], 'the snapshots that are still to be removed');
}

/** Checks that the platform did nothing twice, unless an `adopt` undid it in between. */
function checkEffects({ platform }: World): void {
  const undone = new Map<string, number>();
  const done = new Map<string, number>();
  for (const { kind, sandboxId, operation } of platform.effects) {
    if (kind === 'adopt') undone.set(sandboxId, (undone.get(sandboxId) ?? 0) + 1);
    if (!['boot', 'snapshot', 'suspend', 'resume'].includes(kind)) continue;
    const key = `${kind} ${sandboxId}/${operation}`;
    const times = (done.get(key) ?? 0) + 1;
    done.set(key, times);
    must(times <= 1 + (undone.get(sandboxId) ?? 0), `${key} was carried out ${times} times`);
  }
}

/** Checks that each request took effect at most once, and as its response says. */
function checkRequests({ audit, profile }: World, requests: readonly Request[]): void {
  for (const { cause, answer, key, action, wasInDoubt } of requests) {
    const caused = audit.causedBy(cause);
    const rows = caused.length;
    must(rows <= 1 || action.kind === 'update', `${cause} took effect ${rows} times`);
    must(isOneCommit(caused), `${cause} took effect 2 times, or in two commits`);
    must(key === undefined || answer !== undefined, `${cause} never got a response`);
    const mayHaveBeenDone = wasInDoubt && profile.stragglers > 0;
    if (answer?.kind === 'rejected' && !mayHaveBeenDone)
      must(rows === 0, `${cause} was rejected, but took effect`);
    if (answer?.kind !== 'answered' || action.kind === 'update' || action.kind === 'deleteSnapshot') continue;
    const outcome =
      action.kind === 'create' ? 'applied' : (answer.value as { result: { outcome: string } }).result.outcome;
    must(rows === (outcome === 'applied' ? 1 : 0), `${cause} was ${outcome}, and has ${rows} rows`);
  }
  checkUpdates(audit, requests);
}

/** Whether the rows of an update are consecutive, and each event occurs once. */
function isOneCommit(rows: readonly HistoryRow[]): boolean {
  const [first] = rows;
  return (
    new Set(rows.map(({ event }) => event.type)).size === rows.length &&
    rows.every(
      ({ sequence, version }, index) =>
        first !== undefined && sequence === first.sequence + index && version === first.version + index,
    )
  );
}

/** Checks that each configuration is the one of the last update. */
function checkUpdates(audit: World['audit'], requests: readonly Request[]): void {
  const updates = requests.flatMap((request) =>
    request.action.kind === 'update'
      ? [{ request, port: request.action.request.configuration?.exposedPorts?.[0] }]
      : [],
  );
  for (const { sandbox, configuration } of audit.entries.values()) {
    const current = updates.find(({ port }) => port === configuration.exposedPorts?.[0]);
    for (const { request } of updates) {
      const { answer } = request;
      if (answer?.kind !== 'answered' || (answer.value as SandboxEntry).sandbox.id !== sandbox.id) continue;
      must(current !== undefined, `${request.cause} was lost`);
      const isOlder = (current.request.commitsAfter ?? Number.POSITIVE_INFINITY) <= request.commitsBefore;
      must(!isOlder, `${request.cause} was overwritten by ${current.request.cause}, which came before it`);
    }
  }
}
