import { isDeepStrictEqual } from 'node:util';
import type { HistoryRow } from '../../../src/server/index.ts';
import type { ReceivedEvent } from './follower.ts';
import type { History } from './history.ts';
import type { Uptime } from './uptime.ts';

/** How long a server that is up may let a timeout wait, in ms. Generous: the machine may have other things to do. */
export const latestMs = 4_000;

/**
 * What is wrong with the timeouts of one sandbox: each deadline that came has exactly one timeout, not before it and not
 * long after it. Time in which no server was up does not count.
 */
export function checkTimeouts(
  rows: readonly HistoryRow[],
  uptime: Uptime,
  now = Date.now(),
): string | undefined {
  const fired = new Set<string>();
  let before: HistoryRow | undefined;
  for (const row of rows) {
    const deadline = deadlineOf(before);
    if (row.event.type === 'timeout') {
      if (deadline === null) return `A timeout came without a deadline: ${JSON.stringify(row)}`;
      if (row.at < deadline) return `A timeout came ${deadline - row.at} ms early: ${JSON.stringify(row)}`;
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
    ? `A timeout is ${waiting} ms late and has not come: ${JSON.stringify(before)}`
    : undefined;
}

/** For how long the timeout of a record was due, with a server there to send it. */
function waitOf(row: HistoryRow | undefined, until: number, uptime: Uptime): number {
  const deadline = deadlineOf(row);
  // A limit that ran out during an operation is due when that has ended.
  return row === undefined || deadline === null ? 0 : uptime.between(Math.max(deadline, row.at), until);
}

function deadlineOf(row: HistoryRow | undefined): number | null {
  return row?.sandbox.operation?.deadline ?? row?.sandbox.expiresAt ?? null;
}

/** What is wrong with what a stream of all events has told: each row once, in their order, and none that is not kept. */
export function checkReceived(
  told: readonly ReceivedEvent[],
  { rows }: History,
  from: number,
): string | undefined {
  for (let place = from; place < told.length; place++) {
    const [one, row] = [told[place], rows[place]];
    if (one && row && isDeepStrictEqual(one.change, changeOf(row)) && one.sequence === row.sequence) continue;
    return `Event ${place} of the stream is ${JSON.stringify(one)}, and row ${place} of the history ${JSON.stringify(row)}.`;
  }
  return undefined;
}

/** A row of history as the API shows it. */
export function changeOf({ sandboxId, namespace: _, policy: __, sandbox, ...row }: HistoryRow): unknown {
  return { ...row, sandbox_id: sandboxId, lifecycle: sandbox };
}
