import type { HistoryRow, SandboxEntry } from '../../../src/server/index.ts';
import { checkHistory } from '../../../src/server/store/check-history.ts';
import { Violation } from '../shared/violation.ts';
import { checkReceived, checkTimeouts } from './history-oracle.ts';
import { checkProcesses, markOf } from './process-invariants.ts';
import type { RequestLog } from './request-log.ts';
import { checkRequest } from './request-oracle.ts';
import { readStoredData, type StoredData } from './stored-data.ts';
import type { World } from './world.ts';

/** Throws a {@link Violation} with the first problem, if any. */
export function mustHaveNone(problems: Iterable<string | undefined>): void {
  for (const problem of problems) if (problem !== undefined) throw new Violation(problem);
}

/** How much of a world is already checked: after a kill, only new data needs a check. */
interface Checked {
  readonly server: number;
  readonly received: number;
}

const checked = new WeakMap<World, Checked>();

/** Checks the disk and the processes that a killed server left against what clients have seen. */
export async function checkAfterKill(world: World): Promise<void> {
  const { history, requestLog, follower } = world;
  const before = checked.get(world) ?? { server: 0, received: 0 };
  const server = Math.max(0, ...requestLog.requests.map(({ attempts }) => attempts.at(-1)?.server ?? 0));
  const received = follower.received.length;
  const living = world.marks.living();
  const reading = await readStoredData(world.data, history.rows.at(-1)?.sequence ?? 0);
  history.add(reading.rows);
  mustHaveNone(problemsAfterKill());
  checked.set(world, { server, received });

  function* problemsAfterKill() {
    const touched = new Set(reading.rows.map(({ sandboxId }) => sandboxId));
    const latest = requestLog.requests.filter(
      ({ attempts }) => (attempts.at(-1)?.server ?? 0) > before.server,
    );
    for (const request of latest) yield checkRequest(request, history);
    yield checkReceived(follower.received.slice(0, received), history, before.received);
    yield* problemsOfSandboxes(world, reading, (id) => touched.has(id));
    if (world.driver === 'process') yield checkProcesses(living, reading.entries, requestLog, false);
  }
}

/** Checks the whole data against everything that clients have seen, when no server runs and nothing is in progress. */
export async function checkAtRest(world: World): Promise<StoredData> {
  const { history, requestLog, follower } = world;
  const reading = await readStoredData(world.data, 0);
  mustHaveNone(problemsAtRest());
  return reading;

  function* problemsAtRest() {
    // Rows that were read after an earlier kill must not change.
    const kept = JSON.stringify(reading.rows.slice(0, history.rows.length));
    if (kept !== JSON.stringify(history.rows)) yield 'The history has changed since an earlier kill.';
    history.add(reading.rows.slice(history.rows.length));
    for (const request of requestLog.requests) yield checkRequest(request, history);
    yield checkReceived(follower.received, history, 0);
    yield* problemsOfSandboxes(world, reading, () => true);
    for (const entry of reading.entries.values()) yield problemOfUnrest(entry);
    for (const { id, status } of reading.snapshots)
      if (status === 'in_progress') yield `The snapshot ${id} is still in progress.`;
    if (world.driver === 'process')
      yield checkProcesses(world.marks.living(), reading.entries, requestLog, true);
  }
}

function* problemsOfSandboxes(
  { history, uptime, pace, requestLog, driver }: World,
  { rows: newest, entries, broken, snapshots }: StoredData,
  isTouched: (id: string) => boolean,
): Generator<string | undefined> {
  if (broken.length > 0) yield `The store has broken records: ${JSON.stringify(broken)}`;
  for (const entry of entries.values()) {
    const { id, status } = entry.sandbox;
    const rows = history.of(id);
    if (isTouched(id)) {
      const problem = checkHistory(rows, entry);
      if (problem) yield `Sandbox ${id}, version ${problem.version}: ${problem.message}`;
    }
    if (isTouched(id) || status !== 'terminated') yield checkTimeouts(rows, uptime, pace.latestMs);
    yield problemOfPort(entry, requestLog);
  }
  for (const row of newest) {
    const entry = entries.get(row.sandboxId);
    if (entry === undefined) yield `Sandbox ${row.sandboxId} has a history but no record.`;
    else if (driver === 'process') yield problemOfFailure(row, entry, requestLog);
  }
  for (const { id } of snapshots)
    if (requestLog.acknowledgedDeletions.has(id)) yield `The snapshot ${id} was deleted, but still exists.`;
}

/** Checks that a sandbox exposes the port that was requested last. Of concurrent requests, either may be the last. */
export function problemOfPort(
  { sandbox: { id }, configuration }: SandboxEntry,
  { ports }: RequestLog,
): string | undefined {
  const requested = ports.get(id) ?? [];
  const acknowledged = requested.filter((one) => one.acknowledged);
  const last = requested.filter((one) => !acknowledged.some((other) => other.sent > one.ended));
  const allowed = [...(acknowledged.length === 0 ? [null] : []), ...last.map(({ port }) => port)];
  const [port = null] = configuration.exposedPorts ?? [];
  return allowed.includes(port)
    ? undefined
    : `Sandbox ${id} exposes the port ${port} after the requests ${JSON.stringify(requested)}.`;
}

/** Operations fail, and sandboxes end by themselves, only because a client deleted a snapshot or the test killed a process. */
function problemOfFailure(row: HistoryRow, entry: SandboxEntry, requestLog: RequestLog): string | undefined {
  const { type } = row.event;
  if (!['crashed', 'exited', 'lost'].includes(type) && !type.endsWith('.failed')) return undefined;
  const isExpected =
    requestLog.killedMarks.has(markOf(entry, requestLog) ?? '') ||
    (type === 'boot.failed' && requestLog.deletedSnapshots.has(entry.configuration.snapshotId ?? ''));
  return isExpected ? undefined : `A sandbox failed without a cause: ${JSON.stringify(row)}`;
}

/** The problem of a sandbox that has an operation in flight, or that is terminated and not released. */
export function problemOfUnrest({ sandbox, released }: SandboxEntry): string | undefined {
  const isSettled = sandbox.status === 'terminated' ? released : sandbox.operation === null;
  return isSettled ? undefined : `The sandbox ${sandbox.id} is not settled: ${JSON.stringify(sandbox)}`;
}
