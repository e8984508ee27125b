import type { Sandbox } from '../../model/sandbox.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import type { Driver, ReleaseJob } from '../driver/driver.ts';
import { isEndedByAbsence } from './absence.ts';

/** The time limit of one attempt of a release, in ms. */
const longestReleaseMs = 60_000;

/** Attempts a release once, with a time limit. A release has no deadline of its own, and a driver may hang. */
export async function tryRelease(
  driver: Pick<Driver, 'release'>,
  clock: Clock,
  job: ReleaseJob,
): Promise<void> {
  const limit = new AbortController();
  const cancel = clock.wake(longestReleaseMs, () => limit.abort());
  try {
    await driver.release({ ...job, signal: AbortSignal.any([job.signal, limit.signal]) });
  } finally {
    cancel();
  }
}

/**
 * Waits until a terminated sandbox may be released: at once, or after a grace when it ended because it was absent. Derived
 * from the record, so it holds across restarts. A wall clock that was set back does not extend it beyond one more grace.
 */
export async function waitForRelease(
  sandbox: Sandbox,
  graceMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (!isEndedByAbsence(sandbox)) return;
  const left = (sandbox.terminatedAt ?? 0) + graceMs - clock.now();
  if (left > 0) await pause(clock, Math.min(left, graceMs), signal);
}
