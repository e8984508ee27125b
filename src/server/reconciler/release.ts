import type { Sandbox } from '../../model/sandbox.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import { onAbort } from '../../utils/on-abort.ts';
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

/** When terminated sandboxes are released. */
export interface ReleaseRules {
  /** How long the release of a sandbox waits that ended because it was absent, in ms. */
  readonly absenceMs: number;
  /** Whether only those are released that a user has terminated. */
  readonly onlyByUsers: boolean;
}

/** Whether the release of a terminated sandbox waits until a host with other rules starts. */
export function isReleaseHeld({ outcome }: Pick<Sandbox, 'outcome'>, { onlyByUsers }: ReleaseRules): boolean {
  return onlyByUsers && outcome?.reason !== 'user_terminated';
}

/**
 * Waits until a terminated sandbox may be released: at once, or after a grace when it ended because it was absent. Derived
 * from the record, so it holds across restarts. A wall clock that was set back does not extend it beyond one more grace. A held
 * release waits until the signal aborts.
 */
export async function waitForRelease(
  sandbox: Sandbox,
  rules: ReleaseRules,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (isReleaseHeld(sandbox, rules)) return aborted(signal);
  if (!isEndedByAbsence(sandbox)) return;
  const { absenceMs } = rules;
  const left = (sandbox.terminatedAt ?? 0) + absenceMs - clock.now();
  if (left > 0) await pause(clock, Math.min(left, absenceMs), signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, resolve);
  });
}
