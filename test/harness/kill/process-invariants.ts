import type { Sandbox } from '../../../src/index.ts';
import type { SandboxEntry } from '../../../src/server/index.ts';
import { processCount } from './command.ts';
import type { LiveProcess } from './live-processes.ts';
import type { RequestLog } from './request-log.ts';

/** The processes that one sandbox may have. */
interface Allowed {
  readonly least: number;
  readonly most: number;
  /** Whether they must be stopped; undefined when both are allowed. */
  readonly isStopped: boolean | undefined;
}

/**
 * The first difference between the living processes and the records. `isQuiet`: nothing is in progress. Otherwise, as
 * directly after a kill, it checks only what must hold at every instant.
 */
export function checkProcesses(
  living: readonly LiveProcess[],
  entries: ReadonlyMap<string, SandboxEntry>,
  requestLog: RequestLog,
  isQuiet: boolean,
): string | undefined {
  const byMark = new Map<string, LiveProcess[]>();
  for (const one of living) byMark.set(one.mark, [...(byMark.get(one.mark) ?? []), one]);
  for (const entry of entries.values()) {
    const mark = markOf(entry, requestLog);
    if (mark === undefined) continue;
    const found = byMark.get(mark) ?? [];
    byMark.delete(mark);
    const { least, most, isStopped } = allowed(entry, mark, requestLog, isQuiet);
    const isWrong =
      found.length < least ||
      found.length > most ||
      (isUp(entry) && seenSoFar(mark, found, requestLog) > most) ||
      (isStopped !== undefined && found.some((one) => one.isStopped !== isStopped));
    if (isWrong)
      return `${describe(entry)} has the processes ${JSON.stringify(found)}.${killNote(mark, requestLog)}`;
  }
  const [orphan] = byMark;
  if (orphan === undefined) return undefined;
  const [mark, found] = orphan;
  return `There are processes without a record: ${JSON.stringify(found)}.${killNote(mark, requestLog)}`;
}

/** A sandbox as the API shows it. */
export interface ApiSandbox {
  readonly lifecycle: Sandbox;
  readonly entrypoint: readonly string[];
}

/**
 * The first sandbox that the server still shows as running or suspended although the test killed its process. A server
 * notices the end a moment after its start, so this is a problem only when it persists.
 */
export function checkCrashes(
  sandboxes: readonly ApiSandbox[],
  living: readonly LiveProcess[],
  requestLog: RequestLog,
): string | undefined {
  const alive = new Set(living.map(({ mark }) => mark));
  const missed = sandboxes.find(({ lifecycle, entrypoint }) => {
    const mark = markIn(entrypoint, requestLog) ?? '';
    const isShown = lifecycle.status === 'running' || lifecycle.status === 'suspended';
    return isShown && requestLog.killedMarks.has(mark) && !alive.has(mark);
  });
  return (
    missed &&
    `The server did not notice that the test killed the process of this sandbox: ${JSON.stringify(missed.lifecycle)}`
  );
}

/** The mark in the entrypoint of a sandbox. */
export function markOf(
  { configuration: { entrypoint } }: SandboxEntry,
  requestLog: RequestLog,
): string | undefined {
  return markIn(entrypoint ?? [], requestLog);
}

function markIn(entrypoint: readonly string[], { creations }: RequestLog): string | undefined {
  return entrypoint.flatMap((word) => word.split(' ')).find((word) => creations.has(word));
}

function allowed(
  { sandbox, released }: SandboxEntry,
  mark: string,
  requestLog: RequestLog,
  isQuiet: boolean,
): Allowed {
  const { status, operation } = sandbox;
  const most = processCount[requestLog.creations.get(mark)?.shape ?? 'one'];
  const isReleased = status === 'terminated' && (released || isQuiet);
  if (isReleased) return { least: 0, most: 0, isStopped: undefined };
  // During a start, the shell that becomes the process has its own children for a moment.
  if (!isUp({ sandbox })) return { least: 0, most: Number.POSITIVE_INFINITY, isStopped: undefined };
  const isKilled = requestLog.killedMarks.has(mark);
  if (isKilled && !isQuiet) return { least: 0, most, isStopped: undefined };
  const needed = isQuiet && status === 'running' ? most : 1;
  return {
    least: needed,
    most,
    isStopped: operation === null ? status === 'suspended' : undefined,
  };
}

/** How many processes a sandbox has ever had. A process is never replaced by another. */
function seenSoFar(mark: string, found: readonly LiveProcess[], { pids }: RequestLog): number {
  const seen = pids.get(mark) ?? new Set();
  for (const { pid } of found) seen.add(pid);
  pids.set(mark, seen);
  return seen.size;
}

function isUp({ sandbox: { status } }: Pick<SandboxEntry, 'sandbox'>): boolean {
  return status !== 'pending' && status !== 'terminated';
}

/** The addition to a problem when the test killed a process with this mark. */
function killNote(mark: string, { killedMarks }: RequestLog): string {
  return killedMarks.has(mark) ? ' The test killed a process of this sandbox.' : '';
}

function describe({ sandbox, released }: SandboxEntry): string {
  return `The sandbox ${sandbox.id}, which is ${sandbox.status}${released ? ' and released' : ''} (${JSON.stringify(sandbox)}),`;
}
