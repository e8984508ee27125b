import type { HistoryRow, SandboxEntry } from '../../../src/server/index.ts';
import { checkHistory } from '../../../src/server/store/check-history.ts';
import { Violation } from '../shared/violation.ts';
import { checkReceived, checkTimeouts } from './history-oracle.ts';
import { checkProcesses, markOf } from './process-invariants.ts';
import type { RequestLog } from './request-log.ts';
import { checkRequest } from './request-oracle.ts';
import { readStoredData, type StoredData } from './stored-data.ts';
import type { World } from './world.ts';

/** Throws a {@link Violation} with the first problem there is. */
export function mustHaveNone(problems: Iterable<string | undefined>): void {
  for (const problem of problems) if (problem !== undefined) throw new Violation(problem);
}

/** How much of a world was judged already, so that each kill has only what is new judged. */
interface Judged {
  readonly server: number;
  readonly told: number;
}

const judged = new WeakMap<World, Judged>();

/** Holds what a killed server left, on the disk and among the processes, against what clients were told. */
export async function checkAfterKill(world: World): Promise<void> {
  const { history, requestLog, follower } = world;
  const before = judged.get(world) ?? { server: 0, told: 0 };
  const server = Math.max(0, ...requestLog.requests.map(({ attempts }) => attempts.at(-1)?.server ?? 0));
  const told = follower.told.length;
  const living = world.marks.living();
  const reading = await readStoredData(world.data, history.rows.at(-1)?.sequence ?? 0);
  history.add(reading.rows);
  mustHaveNone(problemsAfterKill());
  judged.set(world, { server, told });

  function* problemsAfterKill() {
    const touched = new Set(reading.rows.map(({ sandboxId }) => sandboxId));
    const latest = requestLog.requests.filter(
      ({ attempts }) => (attempts.at(-1)?.server ?? 0) > before.server,
    );
    for (const request of latest) yield checkRequest(request, history);
    yield checkReceived(follower.told.slice(0, told), history, before.told);
    yield* problemsOfSandboxes(world, reading, (id) => touched.has(id));
    if (world.driver === 'process') yield checkProcesses(living, reading.entries, requestLog, false);
  }
}

/** Holds everything that there ever was against everything that was told, once no server runs and all is quiet. */
export async function checkAtRest(world: World): Promise<StoredData> {
  const { history, requestLog, follower } = world;
  const reading = await readStoredData(world.data, 0);
  mustHaveNone(problemsAtRest());
  return reading;

  function* problemsAtRest() {
    // What was read after a kill is still there, and as it was.
    const kept = JSON.stringify(reading.rows.slice(0, history.rows.length));
    if (kept !== JSON.stringify(history.rows)) yield 'The history is not what it was after an earlier kill.';
    history.add(reading.rows.slice(history.rows.length));
    for (const request of requestLog.requests) yield checkRequest(request, history);
    yield checkReceived(follower.told, history, 0);
    yield* problemsOfSandboxes(world, reading, () => true);
    for (const entry of reading.entries.values()) yield problemOfUnrest(entry);
    for (const { id, status } of reading.snapshots)
      if (status === 'in_progress') yield `The snapshot ${id} is still in progress.`;
    if (world.driver === 'process')
      yield checkProcesses(world.marks.living(), reading.entries, requestLog, true);
  }
}

function* problemsOfSandboxes(
  { history, uptime, requestLog, driver }: World,
  { rows: newest, entries, broken, snapshots }: StoredData,
  isTouched: (id: string) => boolean,
): Generator<string | undefined> {
  if (broken.length > 0) yield `There are broken records: ${JSON.stringify(broken)}`;
  for (const entry of entries.values()) {
    const { id, status } = entry.sandbox;
    const rows = history.of(id);
    if (isTouched(id)) {
      const problem = checkHistory(rows, entry);
      if (problem) yield `Sandbox ${id}, version ${problem.version}: ${problem.message}`;
    }
    if (isTouched(id) || status !== 'terminated') yield checkTimeouts(rows, uptime);
    yield judgePorts(entry, requestLog);
  }
  for (const row of newest) {
    const entry = entries.get(row.sandboxId);
    if (entry === undefined) yield `Sandbox ${row.sandboxId} has a history and no record.`;
    else if (driver === 'process') yield problemOfFailure(row, entry, requestLog);
  }
  for (const { id } of snapshots)
    if (requestLog.acknowledgedDeletions.has(id)) yield `The snapshot ${id} was deleted, and is there.`;
}

/** What is set up is what was asked for last, as far as it can be told which one of those that crossed came last. */
function judgePorts(
  { sandbox: { id }, configuration }: SandboxEntry,
  { ports }: RequestLog,
): string | undefined {
  const asked = ports.get(id) ?? [];
  const acknowledged = asked.filter((one) => one.acknowledged);
  const last = asked.filter((one) => !acknowledged.some((other) => other.sent > one.ended));
  const allowed = [...(acknowledged.length === 0 ? [null] : []), ...last.map(({ port }) => port)];
  const [port = null] = configuration.exposedPorts ?? [];
  return allowed.includes(port)
    ? undefined
    : `Sandbox ${id} exposes the port ${port}, after ${JSON.stringify(asked)}.`;
}

/** Nothing fails here but what clients or the test itself took away. */
function problemOfFailure(row: HistoryRow, entry: SandboxEntry, requestLog: RequestLog): string | undefined {
  if (row.event.type !== 'crashed' && !row.event.type.endsWith('.failed')) return undefined;
  const isExpected =
    requestLog.killedMarks.has(markOf(entry, requestLog) ?? '') ||
    (row.event.type === 'boot.failed' &&
      requestLog.deletedSnapshots.has(entry.configuration.snapshotId ?? ''));
  return isExpected ? undefined : `Something failed by itself: ${JSON.stringify(row)}`;
}

function problemOfUnrest({ sandbox, released }: SandboxEntry): string | undefined {
  const isSettled = sandbox.status === 'terminated' ? released : sandbox.operation === null;
  return isSettled ? undefined : `The sandbox ${sandbox.id} is not settled: ${JSON.stringify(sandbox)}`;
}
