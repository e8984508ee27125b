/** How many operations a host carries out at this moment. */
export interface OperationCounts {
  /** The operations of the platform that are in progress, those that are retried included. */
  readonly running: number;
  /** The operations that wait for the end of an earlier one, or of an adoption. */
  readonly waiting: number;
  /** The operations whose last attempt failed. */
  readonly retrying: number;
  /** How long the oldest of them all is in flight, in ms since this host began it; 0 without one. A held release does not count. */
  readonly oldestMs: number;
}

/** An operation that is in flight. */
interface InFlight {
  readonly hasStarted: boolean;
  /** Whether it waits for a host with other rules. */
  readonly isHeld: boolean;
  readonly hasFailed: boolean;
  /** The elapsed time of the clock at its begin, in ms. */
  readonly begunAtMs: number;
}

/** Counts operations. `elapsedMs` is the elapsed time of the clock now. */
export function countOperations(inFlight: Iterable<InFlight>, elapsedMs: number): OperationCounts {
  const all = [...inFlight];
  const count = (matches: (one: InFlight) => boolean) => all.filter(matches).length;
  const begunAtMs = all
    .filter(({ isHeld }) => !isHeld)
    .reduce((earliest, one) => Math.min(earliest, one.begunAtMs), elapsedMs);
  return {
    running: count(({ hasStarted }) => hasStarted),
    waiting: count(({ hasStarted }) => !hasStarted),
    retrying: count(({ hasFailed }) => hasFailed),
    oldestMs: elapsedMs - begunAtMs,
  };
}
