import { isDeepStrictEqual } from 'node:util';
import { nextDeadline } from '../../../src/model/duties.ts';
import type { HistoryRow } from '../../../src/server/index.ts';
import type { ReceivedEvent } from './follower.ts';
import type { History } from './history.ts';
import type { Uptime } from './uptime.ts';

/**
 * The first problem with the timeouts of one sandbox. Each deadline that has passed must have exactly one timeout, not
 * early and at most `latestMs` after the deadline. Time without a server does not count.
 */
export function checkTimeouts(
  rows: readonly HistoryRow[],
  uptime: Uptime,
  latestMs: number,
  now = Date.now(),
): string | undefined {
  const fired = new Set<string>();
  let before: HistoryRow | undefined;
  for (const row of rows) {
    const deadline = deadlineOf(before);
    if (row.event.type === 'timeout') {
      if (deadline === null) return `A timeout fired without a deadline: ${JSON.stringify(row)}`;
      if (row.at < deadline) return `A timeout fired ${deadline - row.at} ms early: ${JSON.stringify(row)}`;
      const which = `${before?.sandbox.operation?.id} ${deadline}`;
      if (fired.has(which)) return `A deadline has two timeouts: ${JSON.stringify(row)}`;
      fired.add(which);
    }
    const waited = waitOf(before, row.at, uptime);
    if (waited > latestMs) return `A timeout was ${waited} ms late: ${JSON.stringify(rows)}`;
    before = row;
  }
  const waiting = waitOf(before, now, uptime);
  return waiting > latestMs
    ? `A timeout is ${waiting} ms late and has not fired: ${JSON.stringify(before)}`
    : undefined;
}

/** How long the timeout of a record was due while a server was up. */
function waitOf(row: HistoryRow | undefined, until: number, uptime: Uptime): number {
  const deadline = deadlineOf(row);
  // A limit that ran out during an operation is due when the operation ends.
  return row === undefined || deadline === null ? 0 : uptime.between(Math.max(deadline, row.at), until);
}

function deadlineOf(row: HistoryRow | undefined): number | null {
  return row === undefined ? null : nextDeadline(row.sandbox);
}

/** The first difference between the events of a stream and the history: each row once, in order, and nothing else. */
export function checkReceived(
  received: readonly ReceivedEvent[],
  { rows }: History,
  from: number,
): string | undefined {
  for (let place = from; place < received.length; place++) {
    const [one, row] = [received[place], rows[place]];
    if (one && row && isDeepStrictEqual(one.change, changeOf(row)) && one.sequence === row.sequence) continue;
    return `Event ${place} of the stream is ${JSON.stringify(one)}, and row ${place} of the history ${JSON.stringify(row)}.`;
  }
  return undefined;
}

/** A row of history as the API shows it. */
export function changeOf({ sandboxId, namespace: _, policy: __, sandbox, ...row }: HistoryRow): unknown {
  return { ...row, sandbox_id: sandboxId, lifecycle: sandbox };
}
