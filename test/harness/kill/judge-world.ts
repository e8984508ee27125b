import type { HistoryRow, SandboxEntry } from '../../../src/server/index.ts';
import { checkHistory } from '../../../src/server/store/check-history.ts';
import type { Book } from './book.ts';
import { judgeTimeouts, judgeTold } from './judge-history.ts';
import { judgeProcesses, markOf } from './judge-processes.ts';
import { judgeRequest } from './judge-requests.ts';
import { type Reading, readData } from './reading.ts';
import type { World } from './world.ts';

/** Something is not as it has to be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

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
export async function judgeAfterKill(world: World): Promise<void> {
  const { history, book, follower } = world;
  const before = judged.get(world) ?? { server: 0, told: 0 };
  const server = Math.max(0, ...book.requests.map(({ attempts }) => attempts.at(-1)?.server ?? 0));
  const told = follower.told.length;
  const living = world.marks.living();
  const reading = await readData(world.data, history.rows.at(-1)?.sequence ?? 0);
  history.add(reading.rows);
  mustHaveNone(problemsAfterKill());
  judged.set(world, { server, told });

  function* problemsAfterKill() {
    const touched = new Set(reading.rows.map(({ sandboxId }) => sandboxId));
    const latest = book.requests.filter(({ attempts }) => (attempts.at(-1)?.server ?? 0) > before.server);
    for (const request of latest) yield judgeRequest(request, history);
    yield judgeTold(follower.told.slice(0, told), history, before.told);
    yield* problemsOfSandboxes(world, reading, (id) => touched.has(id));
    if (world.driver === 'process') yield judgeProcesses(living, reading.entries, book, false);
  }
}

/** Holds everything that there ever was against everything that was told, once no server runs and all is quiet. */
export async function judgeAtRest(world: World): Promise<Reading> {
  const { history, book, follower } = world;
  const reading = await readData(world.data, 0);
  mustHaveNone(problemsAtRest());
  return reading;

  function* problemsAtRest() {
    // What was read after a kill is still there, and as it was.
    const kept = JSON.stringify(reading.rows.slice(0, history.rows.length));
    if (kept !== JSON.stringify(history.rows)) yield 'The history is not what it was after an earlier kill.';
    history.add(reading.rows.slice(history.rows.length));
    for (const request of book.requests) yield judgeRequest(request, history);
    yield judgeTold(follower.told, history, 0);
    yield* problemsOfSandboxes(world, reading, () => true);
    for (const entry of reading.entries.values()) yield problemOfUnrest(entry);
    for (const { id, status } of reading.snapshots)
      if (status === 'in_progress') yield `The snapshot ${id} is still in progress.`;
    if (world.driver === 'process') yield judgeProcesses(world.marks.living(), reading.entries, book, true);
  }
}

function* problemsOfSandboxes(
  { history, uptime, book, driver }: World,
  { rows: newest, entries, broken, snapshots }: Reading,
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
    if (isTouched(id) || status !== 'terminated') yield judgeTimeouts(rows, uptime);
    yield judgePorts(entry, book);
  }
  for (const row of newest) {
    const entry = entries.get(row.sandboxId);
    if (entry === undefined) yield `Sandbox ${row.sandboxId} has a history and no record.`;
    else if (driver === 'process') yield problemOfFailure(row, entry, book);
  }
  for (const { id } of snapshots)
    if (book.acknowledgedDeletions.has(id)) yield `The snapshot ${id} was deleted, and is there.`;
}

/** What is set up is what was asked for last, as far as it can be told which one of those that crossed came last. */
function judgePorts({ sandbox: { id }, configuration }: SandboxEntry, { ports }: Book): string | undefined {
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
function problemOfFailure(row: HistoryRow, entry: SandboxEntry, book: Book): string | undefined {
  if (row.event.type !== 'crashed' && !row.event.type.endsWith('.failed')) return undefined;
  const isExpected =
    book.killedMarks.has(markOf(entry, book) ?? '') ||
    (row.event.type === 'boot.failed' && book.deletedSnapshots.has(entry.configuration.snapshotId ?? ''));
  return isExpected ? undefined : `Something failed by itself: ${JSON.stringify(row)}`;
}

function problemOfUnrest({ sandbox, released }: SandboxEntry): string | undefined {
  const isSettled = sandbox.status === 'terminated' ? released : sandbox.operation === null;
  return isSettled ? undefined : `The sandbox ${sandbox.id} is not settled: ${JSON.stringify(sandbox)}`;
}
