import type { TimeoutsInput } from '../../model/events.ts';
import { type Policy, readTimeoutChanges, readTimeouts, type TimeoutSeconds } from '../../model/policy.ts';
import type { Timeouts } from '../../model/sandbox.ts';
import { RuleError } from '../errors.ts';
import type { CreateRequest, UpdateRequest } from '../host.ts';

type Limits = Pick<
  CreateRequest | UpdateRequest,
  'timeoutSeconds' | 'idleTimeoutSeconds' | 'suspendedTimeoutSeconds'
>;

/** Returns all limits of a new sandbox in ms. Throws `RuleError` for one that the policy does not allow. */
export function newLimits(request: Limits, policy: Policy): Timeouts {
  const reading = readTimeouts(onTheWire(request), policy);
  if ('problem' in reading) throw new RuleError(reading.problem);
  return reading.timeouts;
}

/** Returns the limits that a request changes, in ms. Throws `RuleError` for one that the policy does not allow. */
export function changedLimits(request: Limits, policy: Policy): TimeoutsInput {
  const reading = readTimeoutChanges(onTheWire(request), policy);
  if ('problem' in reading) throw new RuleError(reading.problem);
  return reading.changes;
}

function onTheWire({ timeoutSeconds, idleTimeoutSeconds, suspendedTimeoutSeconds }: Limits): TimeoutSeconds {
  return {
    timeout_secs: timeoutSeconds,
    idle_timeout_secs: idleTimeoutSeconds,
    suspended_timeout_secs: suspendedTimeoutSeconds,
  };
}
