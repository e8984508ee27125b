import type { Driver, Found } from '../driver.ts';
import { transient } from '../failures.ts';
import type { InFlight } from './in-flight.ts';
import type { Settings } from './options.ts';
import { seededDraws } from './seeded-draws.ts';

type Looks = Required<Pick<Driver, 'inventory' | 'inspect'>>;

/** Creates the looks of a simulated driver at its platform, with the faults of real ones. */
export function createLooks(settings: Settings, inFlight: InFlight): Looks {
  const { platform, clock, seed, lag, emptyLooks, failedLooks } = settings;

  /** Draws the fault of one look. */
  function faultOf(key: string): 'failed' | 'empty' | undefined {
    const drawn = seededDraws(seed, key, platform.countAttempt(`look/${key}`))('look');
    if (drawn < failedLooks) return 'failed';
    return drawn < failedLooks + emptyLooks ? 'empty' : undefined;
  }

  function found(): readonly Found[] {
    const listedUntil = clock.now() - lag;
    return platform
      .sandboxes()
      .filter(({ bootedAt }) => lag === 0 || bootedAt <= listedUntil)
      .map(({ sandboxId, state, owner }) => ({ sandboxId, state, ...(owner !== undefined && { owner }) }));
  }

  return {
    inventory() {
      const fault = faultOf('inventory');
      // The state at the call, which may have changed when the response arrives.
      const listed = fault === 'empty' ? [] : found();
      return inFlight.runToEnd(['inventory'], () => {
        if (fault === 'failed') throw transient('The platform did not answer (simulated).');
        return listed;
      });
    },
    inspect(sandboxId) {
      const fault = faultOf(`inspect/${sandboxId}`);
      const inspection = platform.inspect(sandboxId);
      return inFlight.runToEnd([sandboxId, 'inspect'], () => {
        if (fault === 'failed') throw transient('The platform did not answer (simulated).');
        return inspection;
      });
    },
  };
}
