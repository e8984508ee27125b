import type { Observation } from '../telemetry/observation.ts';

/** How many failed attempts make a release stuck: about three minutes with the back-off of operations. */
export const attemptsUntilStuck = 12;

/** The longest pause between the attempts of a stuck release, in ms. */
export const stuckRetryMs = 10 * 60_000;

/** The releases of sandboxes that have failed many times. In memory: after a restart each is attempted at once. */
export interface StuckReleases {
  /** A release has failed this many times. Observes it once it is stuck. */
  failed(sandboxId: string, attempts: number, error: unknown): void;
  /** The sandbox was released. */
  released(sandboxId: string): void;
}

/** Creates the list of stuck releases. Observes each that enters or leaves it. */
export function createStuckReleases(observe: (observation: Observation) => void): StuckReleases {
  const stuck = new Set<string>();
  return {
    failed(sandboxId, attempts, error) {
      if (attempts < attemptsUntilStuck || stuck.has(sandboxId)) return;
      stuck.add(sandboxId);
      observe({ type: 'stuckRelease', sandboxId, isStuck: true, attempts, error, count: stuck.size });
    },
    released(sandboxId) {
      if (!stuck.delete(sandboxId)) return;
      observe({ type: 'stuckRelease', sandboxId, isStuck: false, count: stuck.size });
    },
  };
}
