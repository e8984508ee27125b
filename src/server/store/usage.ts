import type { Sandbox, Status } from '../../model/sandbox.ts';

/** The length of a day in ms. A day is a UTC day, and has the number of days since 1970-01-01. */
export const dayMs = 86_400_000;

/**
 * The usage of a namespace, as it is at the end of a day when nothing happens after the last event of that day. The times are
 * those of all sandboxes together, since the first event of the namespace.
 */
export interface UsageRow {
  readonly day: number;
  /** How many sandboxes run. */
  readonly running: number;
  readonly runningMs: number;
  /** How many sandboxes are suspended. */
  readonly suspended: number;
  readonly suspendedMs: number;
}

/** The time that the sandboxes of a namespace have run and have been suspended, all together. */
export type UsageTotal = Pick<UsageRow, 'runningMs' | 'suspendedMs'>;

/** A sandbox that begins or ceases to run or to be suspended: the change of each number, at an instant in epoch ms. */
export interface UsageStep {
  readonly at: number;
  readonly running: number;
  readonly suspended: number;
}

/**
 * The time that counts as usage. A sandbox runs from the end of its boot or resume until it is suspended or ends: a snapshot and a
 * suspend in progress belong to that time. A resume in progress belongs to the suspended time, and a boot to neither.
 */
const metered: Readonly<Record<Status, 'running' | 'suspended' | null>> = {
  pending: null,
  running: 'running',
  snapshotting: 'running',
  suspending: 'running',
  suspended: 'suspended',
  terminated: null,
};

/** The part of a row of history that decides about usage. */
interface UsageEvent {
  readonly from: Status | null;
  readonly to: Status;
  readonly sandbox: Pick<Sandbox, 'updatedAt'>;
}

/** The day of an instant in epoch ms. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

/** The step of a row of history; undefined when the row changes neither number. The time of a record never goes back. */
export function usageStepOf({ from, to, sandbox }: UsageEvent): UsageStep | undefined {
  const before = from && metered[from];
  const after = metered[to];
  if (before === after) return undefined;
  const change = (kind: typeof after) => Number(after === kind) - Number(before === kind);
  return { at: sandbox.updatedAt, running: change('running'), suspended: change('suspended') };
}

/** The row of a later day without an event, which continues a row. Without a row, the first one of a namespace. */
export function continued(row: UsageRow | undefined, day: number): UsageRow {
  const { running = 0, suspended = 0 } = row ?? {};
  return { day, running, suspended, ...usageAt(row, (day + 1) * dayMs) };
}

/** Adds a step to the row of its day, or of a later day. */
export function withStep(row: UsageRow, { at, running, suspended }: UsageStep): UsageRow {
  const untilEndMs = (row.day + 1) * dayMs - at;
  return {
    day: row.day,
    running: row.running + running,
    runningMs: row.runningMs + running * untilEndMs,
    suspended: row.suspended + suspended,
    suspendedMs: row.suspendedMs + suspended * untilEndMs,
  };
}

/** The usage until an instant (epoch ms), by the last row whose day is not later. */
export function usageAt(row: UsageRow | undefined, at: number): UsageTotal {
  if (row === undefined) return { runningMs: 0, suspendedMs: 0 };
  const sinceEndMs = at - (row.day + 1) * dayMs;
  return {
    runningMs: row.runningMs + row.running * sinceEndMs,
    suspendedMs: row.suspendedMs + row.suspended * sinceEndMs,
  };
}
