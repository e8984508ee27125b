import type { Clock } from '../../utils/clock.ts';
import type { Driver, ReleaseJob } from '../driver/driver.ts';

/** How long one try at a release may take, in ms. */
const longestReleaseMs = 60_000;

/** A release has no deadline, but one try at it has: a driver that hangs is called off, and can be asked again. */
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
