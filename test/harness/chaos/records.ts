import { isDeepStrictEqual } from 'node:util';
import { nextDeadline } from '../../../src/model/duties.ts';
import type { SimulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import type { HistoryRow, SandboxEntry } from '../../../src/server/index.ts';
import { isUnsettled } from '../../../src/server/store/indexed-fields.ts';
import type { ReceivedEvent } from '../kill/follower.ts';
import { createHistory, type History } from '../kill/history.ts';
import { checkReceived, checkTimeouts } from '../kill/history-oracle.ts';
import type { RequestLog } from '../kill/request-log.ts';
import { checkRequest } from '../kill/request-oracle.ts';
import type { StoredData } from '../kill/stored-data.ts';
import { createUptime } from '../kill/uptime.ts';
import { problemOfPort } from '../kill/world-invariants.ts';
import { checkRow } from '../simulation/change-invariants.ts';
import type { SeenVersion } from './load.ts';

/** The longest lateness of a timeout, in ms. It is for one that never fires: a machine with other work may be slow. */
const latestMs = 120_000;

/** All that clients have seen. */
export interface Observed {
  readonly requestLog: RequestLog;
  readonly seen: readonly SeenVersion[];
  readonly received: readonly (readonly ReceivedEvent[])[];
  /** When the world began, in epoch ms. */
  readonly since: number;
}

/**
 * The problems of the stored data: something acknowledged is lost or doubled, a history that the contract does not allow, a timeout that
 * is early, doubled or missing, and a reader that missed or reordered an event.
 */
export function* problemsOfRecords(
  { rows, entries, snapshots, broken }: StoredData,
  { requestLog, seen, received, since }: Observed,
): Generator<string | undefined> {
  const history = createHistory();
  history.add(rows);
  if (broken.length > 0) yield `The store has broken records: ${JSON.stringify(broken)}`;
  for (const request of requestLog.requests) yield checkRequest(request, history);
  for (const version of seen) yield problemOfVersion(version, history);
  for (const [index, events] of received.entries()) {
    const problem = checkReceived(events, history, 0) ?? problemOfLength(events, history);
    if (problem) yield `Reader ${index}: ${problem}`;
  }
  const uptime = createUptime();
  uptime.begin();
  for (const entry of entries.values()) {
    const own = history.of(entry.sandbox.id);
    yield problemOfHistory(entry, history);
    yield checkTimeouts(
      own,
      { ...uptime, between: (from, to) => Math.max(0, to - Math.max(from, since)) },
      latestMs,
    );
    yield problemOfPort(entry, requestLog);
  }
  for (const { sandboxId } of rows)
    if (!entries.has(sandboxId)) yield `Sandbox ${sandboxId} has a history but no record.`;
  for (const { id, status } of snapshots) {
    if (requestLog.acknowledgedDeletions.has(id)) yield `The snapshot ${id} was deleted, but still exists.`;
    if (status === 'in_progress') yield `The snapshot ${id} is still in progress.`;
  }
}

function problemOfVersion({ id, version, lifecycle }: SeenVersion, history: History): string | undefined {
  const row = history.at(id, version);
  return row && isDeepStrictEqual(row.sandbox, lifecycle)
    ? undefined
    : `A wait returned version ${version} of ${id}, and the history has ${JSON.stringify(row)}.`;
}

const problemOfLength = (events: readonly ReceivedEvent[], { rows }: History) =>
  events.length === rows.length ? undefined : `It has received ${events.length} of ${rows.length} events.`;

function problemOfHistory({ sandbox }: SandboxEntry, history: History): string | undefined {
  const rows = history.of(sandbox.id);
  try {
    for (const [index, row] of rows.entries()) checkRow(rows[index - 1], row);
  } catch (error) {
    return `The history is not one that the contract allows: ${(error as Error).message}`;
  }
  return isDeepStrictEqual(rows.at(-1)?.sandbox, sandbox)
    ? undefined
    : `The record of ${sandbox.id} differs from its history.`;
}

/** A timeout that is due within this time may still change the platform, in ms. */
const soonMs = 2_000;

/** The first difference between the records and the platform, or work in progress. `living`: the records that have not ended. */
export function problemOfPlatform(
  living: readonly SandboxEntry[],
  unreleased: readonly SandboxEntry[],
  platform: SimulatedPlatform,
): string | undefined {
  const [open] = [...living, ...unreleased].filter(isUnsettled);
  if (open) return `The sandbox ${open.sandbox.id} has work in progress: ${JSON.stringify(open.sandbox)}`;
  const states = new Map(platform.sandboxes().map(({ sandboxId, state }) => [sandboxId, state]));
  for (const { sandbox } of living) {
    const deadline = nextDeadline(sandbox);
    if (deadline !== null && deadline < Date.now() + soonMs)
      return `A timeout of ${sandbox.id} is about to fire: ${JSON.stringify(sandbox)}`;
    const expected = sandbox.status === 'suspended' ? 'paused' : 'running';
    const found = states.get(sandbox.id);
    if (found !== expected)
      return `The sandbox ${sandbox.id} is ${sandbox.status}, and on the platform ${found}.`;
    states.delete(sandbox.id);
  }
  const [left] = states.keys();
  return left && `The platform has the sandbox ${left}, which has no living record.`;
}

/** How late each timeout was after its deadline, in ms, ascending. */
export function latenessOf(rows: readonly HistoryRow[]): number[] {
  const before = new Map<string, HistoryRow>();
  const late: number[] = [];
  for (const row of rows) {
    const previous = before.get(row.sandboxId);
    const deadline = previous && nextDeadline(previous.sandbox);
    // A limit that ran out during an operation is due when the operation ends.
    if (row.event.type === 'timeout' && previous && deadline != null)
      late.push(row.at - Math.max(deadline, previous.at));
    before.set(row.sandboxId, row);
  }
  return late.sort((a, b) => a - b);
}
