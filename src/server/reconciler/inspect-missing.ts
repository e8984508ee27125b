import { type Clock, settleWithin } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import type { Driver, Inspection } from '../driver/driver.ts';
import type { Drift } from './drift.ts';

/** A sandbox of which the driver has proof that it ended. */
export interface ExitedSandbox extends Drift {
  readonly inspection: Extract<Inspection, { state: 'exited' }>;
}

/** The findings of a driver about the sandboxes that an inventory omits. Those that exist are in none of the fields. */
export interface InspectedMissing {
  /** The sandboxes of which the driver has no trace. Without `inspect`, all of them. */
  readonly absent: readonly Drift[];
  readonly exited: readonly ExitedSandbox[];
  /** The ids of those that could not be inspected. */
  readonly unknown: ReadonlySet<string>;
}

/** The parts of a host that inspect sandboxes. */
interface InspectOptions {
  readonly driver: Pick<Driver, 'inspect'>;
  readonly clock: Clock;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** How many sandboxes are inspected concurrently, and after how many failures the look stops asking. */
const mostAtOnce = 8;

/** How long one inspection may take, in ms. */
const longestInspectionMs = 10_000;

/**
 * Asks the driver about each sandbox that an inventory omits, at most eight at a time. A failed inspection leaves the sandbox
 * unknown. After eight failures the remaining ones are unknown too: the platform does not respond.
 */
export async function inspectMissing(
  missing: readonly Drift[],
  { driver, clock, onProblem }: InspectOptions,
  signal: AbortSignal,
): Promise<InspectedMissing> {
  if (driver.inspect === undefined) return { absent: missing, exited: [], unknown: new Set() };
  const absent: Drift[] = [];
  const exited: ExitedSandbox[] = [];
  const unknown = new Set<string>();
  await forEachLimited(missing, mostAtOnce, async (drift) => {
    const { sandboxId } = drift;
    const inspection = await tryInspect(sandboxId);
    if (inspection === undefined) unknown.add(sandboxId);
    else if (inspection.state === 'exited') exited.push({ ...drift, inspection });
    else if (inspection.state === 'absent') absent.push(drift);
  });
  return { absent, exited, unknown };

  async function tryInspect(sandboxId: string): Promise<Inspection | undefined> {
    if (signal.aborted || unknown.size >= mostAtOnce) return undefined;
    try {
      const asked = Promise.resolve(driver.inspect?.(sandboxId));
      const what = 'The driver did not inspect the sandbox';
      return await settleWithin(asked, { clock, milliseconds: longestInspectionMs, signal, what });
    } catch (error) {
      if (!signal.aborted) onProblem(error, sandboxId);
      return undefined;
    }
  }
}
