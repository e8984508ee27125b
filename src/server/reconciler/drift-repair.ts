import type { Clock } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import { type Drift, type DriftOptions, findDrift } from './drift.ts';
import { tryRelease } from './release.ts';

/** What a watch on drift can do about it. */
export interface DriftWatchOptions extends DriftOptions {
  readonly driver: Pick<Driver, 'inventory' | 'release'>;
  /** Has the driver make a sandbox what its record says, unless something is under way for it. */
  readonly adopt: (sandboxId: string) => Promise<unknown>;
  readonly steps: Committer;
  readonly clock: Clock;
  readonly onDrift: (drift: Drift) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Makes the platform what the records say, or the record what the platform says, wherever they differ. */
export function createDriftWatch(options: DriftWatchOptions): (signal: AbortSignal) => Promise<void> {
  const { driver, adopt, steps, clock, onDrift, onProblem } = options;
  /** Suspended sandboxes whose loss was told: there is nothing to be done, so it is told once for each version. */
  const lost = new Map<string, number>();

  return async (signal) => {
    for (const drift of await findDrift(options)) {
      if (signal.aborted) return;
      if (drift.kind === 'lost' && isKnown(drift)) continue;
      onDrift(drift);
      try {
        await putRight(drift, signal);
      } catch (error) {
        // The others do not wait for this one, and the next look finds it again.
        onProblem(error, drift.sandboxId);
      }
    }
  };

  function isKnown({ sandboxId, entry }: Drift): boolean {
    const version = entry?.sandbox.version ?? 0;
    if (lost.get(sandboxId) === version) return true;
    lost.set(sandboxId, version);
    return false;
  }

  async function putRight({ kind, sandboxId, entry }: Drift, signal: AbortSignal): Promise<void> {
    if (entry === null) return tryRelease(driver, clock, { sandboxId, operation: 0, signal });
    const { incarnation } = entry.sandbox;
    switch (kind) {
      case 'gone':
        if (incarnation !== null) await reportGone(sandboxId, incarnation);
        return;
      case 'undead':
        await steps.setReleased(sandboxId, false);
        return;
      case 'paused':
      case 'running':
        await adopt(sandboxId);
        return;
      default:
    }
  }

  async function reportGone(sandboxId: string, incarnation: number): Promise<void> {
    const reason = 'It was gone when the platform was asked what it has.';
    const event = { type: 'crashed', incarnation, reason, at: clock.now() } as const;
    await steps.apply(sandboxId, event, { actor: 'platform', cause: 'drift' });
  }
}
