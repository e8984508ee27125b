import type { Clock } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import { type Drift, type DriftOptions, findDrift } from './drift.ts';
import { tryRelease } from './release.ts';
import { commitCrash } from './report-crash.ts';

/** The parts of a host that repair drift. */
export interface DriftRepairOptions extends DriftOptions {
  readonly driver: Pick<Driver, 'inventory' | 'release'>;
  /** Makes the driver bring a sandbox into the state of its record, unless an operation of it is in progress. */
  readonly adopt: (sandboxId: string) => Promise<unknown>;
  readonly committer: Committer;
  readonly clock: Clock;
  readonly onDrift: (drift: Drift) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Creates a function that finds all drift, and changes the platform or the record so that they match. */
export function createDriftRepair(options: DriftRepairOptions): (signal: AbortSignal) => Promise<void> {
  const { driver, adopt, committer, clock, onDrift, onProblem } = options;
  /** The versions of lost sandboxes that were reported. They cannot be repaired, so one report is enough. */
  const reported = new Map<string, number>();

  return async (signal) => {
    for (const drift of await findDrift(options)) {
      if (signal.aborted) return;
      if (drift.kind === 'lost' && isReported(drift)) continue;
      onDrift(drift);
      try {
        await repairOne(drift, signal);
      } catch (error) {
        // The next round finds this drift again. The other repairs continue.
        onProblem(error, drift.sandboxId);
      }
    }
  };

  function isReported({ sandboxId, entry }: Drift): boolean {
    const version = entry?.sandbox.version ?? 0;
    if (reported.get(sandboxId) === version) return true;
    reported.set(sandboxId, version);
    return false;
  }

  async function repairOne({ kind, sandboxId, entry }: Drift, signal: AbortSignal): Promise<void> {
    if (entry === null) return tryRelease(driver, clock, { sandboxId, operation: 0, signal });
    const { incarnation } = entry.sandbox;
    switch (kind) {
      case 'missing': {
        const reason = 'The sandbox is missing from the inventory of the platform.';
        if (incarnation !== null)
          await commitCrash({ sandboxId, incarnation, reason }, 'drift', { clock, committer });
        return;
      }
      case 'undead':
        await committer.setReleased(sandboxId, false);
        return;
      case 'paused':
      case 'running':
        await adopt(sandboxId);
        return;
      default:
    }
  }
}
