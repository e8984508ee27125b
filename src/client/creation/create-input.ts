import type { TimeoutsInput } from '../../model/events.ts';
import type { CreateBody } from '../../schema/http/requests.ts';
import { noWholeSeconds, secondsOf } from '../transport/http-calls.ts';

/** A sandbox to create. The limits are in ms; the other parts have the names of the HTTP API. */
export interface CreateSandboxInput
  extends TimeoutsInput,
    Omit<CreateBody, 'timeout_secs' | 'idle_timeout_secs' | 'suspended_timeout_secs' | 'snapshot_id'> {
  /** The snapshot to restore from. */
  readonly snapshotId?: string | null | undefined;
}

/** Returns the body of the request, or the reason why the API cannot express the input. */
export function bodyOfInput(input: CreateSandboxInput): CreateBody | string {
  const { timeoutMs, idleTimeoutMs, suspendedTimeoutMs, snapshotId, ...rest } = input;
  const limits = secondsOf({ timeoutMs, idleTimeoutMs, suspendedTimeoutMs });
  if (limits === null) return noWholeSeconds.message;
  const given = Object.entries({ ...limits, snapshot_id: snapshotId }).filter(([, value]) => value != null);
  return { ...rest, ...Object.fromEntries(given) };
}
