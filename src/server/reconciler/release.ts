import type { Clock } from '../../utils/clock.ts';
import type { Driver, ReleaseJob } from '../driver/driver.ts';

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
