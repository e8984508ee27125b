import { mustBe, mustBeObject, oneOf, orNull, show, whole } from './checks.ts';
import type { TimeoutsInput } from './events.ts';
import { longestTimeoutMs, type OperationKind, operationKinds, type Timeouts } from './sandbox.ts';

/**
 * The limits, and the interpretations of the sources, in one place. The host has a policy; the shape of the machine does not
 * depend on it. In seconds, as in the wire API. Source: contract, section 6.
 */
export interface Policy {
  /** How long each kind of operation may take, in seconds (at least 1). */
  readonly operationLimitSeconds: Readonly<Record<OperationKind, number>>;
  /** After a failed suspend, how long until the timeout may try again, in seconds (at least 1). */
  readonly suspendRetryDelaySeconds: number;
  /** The limit of a sandbox whose creator gave no `timeout_secs`, in seconds; null means no limit. */
  readonly omittedTimeoutSeconds: number | null;
  /**
   * The meaning of `timeout_secs: 0`. The older source says "0 disables the timeout" (`none`), the newer "0 requests
   * the maximum allowed by your plan" (`plan_maximum`; without a plan maximum it means no limit too).
   */
  readonly zeroTimeout: 'none' | 'plan_maximum';
  /** The longest that the limit which `timeout_secs` sets may be, in seconds; null means no maximum. */
  readonly planMaximumSeconds: number | null;
  /**
   * Which limit `timeout_secs` sets: the time since the start (`lifetime`) or since the last activity (`idle`). The
   * sources read it both ways. The machine has both limits, and a sandbox may have both at once.
   */
  readonly timeoutMeasures: 'lifetime' | 'idle';
  /** How long a suspended sandbox is kept whose creator gave no `suspended_timeout_secs`, in seconds; null: for ever. */
  readonly suspendedTimeoutSeconds: number | null;
}

/**
 * The default policy, with the source of each choice. `transition` and `createSandbox`
 * take a whole policy as it is: make one of your own with `parsePolicy`, which checks the numbers, or spread this one.
 *
 * @example
 * transition(sandbox, event, { ...defaultPolicy, suspendRetryDelaySeconds: 60 });
 */
export const defaultPolicy: Policy = {
  // No source says how long an operation may take: generous to a boot and a capture, half of that to a pause.
  operationLimitSeconds: { boot: 600, snapshot: 600, suspend: 300, resume: 300 },
  suspendRetryDelaySeconds: 30,
  // The page of sandbox states: "timeout_secs is not set, the sandbox runs until explicitly terminated".
  omittedTimeoutSeconds: null,
  // The newer create page: "0 requests the maximum allowed by your plan". The older one, "0 disables the timeout", is
  // what this comes to without a plan maximum, and what 'none' always means.
  zeroTimeout: 'plan_maximum',
  // The newer create page has 3600, 7200 and 86400 for its three plans. A server of one's own has no plans.
  planMaximumSeconds: null,
  // The page of sandbox states: "terminate sandboxes that run too long". An idle threshold is the other reading.
  timeoutMeasures: 'lifetime',
  // No source ends a suspended sandbox.
  suspendedTimeoutSeconds: null,
};

/** A part of a policy. Omitted values are the defaults. */
export type PolicyInput = {
  readonly [Key in Exclude<keyof Policy, 'operationLimitSeconds'>]?: Policy[Key] | undefined;
} & {
  readonly operationLimitSeconds?: { readonly [Kind in OperationKind]?: number | undefined } | undefined;
};

/** The longest timeout that can be counted, in whole seconds. */
export const longestTimeoutSeconds = Math.floor(longestTimeoutMs / 1000);

/** The wire's limits in whole seconds. In a create request undefined and null both mean omitted. */
export interface TimeoutSeconds {
  readonly timeout_secs?: number | null | undefined;
  readonly idle_timeout_secs?: number | null | undefined;
  readonly suspended_timeout_secs?: number | null | undefined;
}

/** A limit that is invalid, or that the policy does not allow: the field, and a sentence for the user. */
export interface TimeoutProblem {
  readonly field: keyof TimeoutSeconds;
  readonly problem: string;
}

/**
 * Reads the limits of a create request by the policy. Returns all three limits in ms, or the first problem. Never throws.
 *
 * @example
 * readTimeouts({ timeout_secs: 300 }); // { timeouts: { timeoutMs: 300_000, idleTimeoutMs: null, … } }
 * readTimeouts({ timeout_secs: -1 }); // { field: 'timeout_secs', problem: 'timeout_secs is -1; …' }
 */
export function readTimeouts(
  seconds: TimeoutSeconds,
  policy: Policy = defaultPolicy,
): { readonly timeouts: Timeouts } | TimeoutProblem {
  const { timeout_secs, idle_timeout_secs, suspended_timeout_secs } = seconds;
  const reading = readChanges(
    {
      timeout_secs: timeout_secs ?? undefined,
      idle_timeout_secs: idle_timeout_secs ?? undefined,
      suspended_timeout_secs: suspended_timeout_secs ?? undefined,
    },
    policy,
  );
  if ('problem' in reading) return reading;
  const omitted = {
    [limitOf(policy)]: inMilliseconds(policy.omittedTimeoutSeconds),
    suspendedTimeoutMs: inMilliseconds(policy.suspendedTimeoutSeconds),
  };
  return { timeouts: { timeoutMs: null, idleTimeoutMs: null, ...omitted, ...reading } as Timeouts };
}

/**
 * Reads the limits of an update request by the policy, for `setTimeouts`. A limit that is undefined stays, and null removes
 * it, where no plan maximum is set. Returns the limits that are given, in ms, or the first problem. Never throws.
 *
 * @example
 * readTimeoutChanges({ idle_timeout_secs: 60 }); // { changes: { idleTimeoutMs: 60_000 } }
 * readTimeoutChanges({ timeout_secs: null }); // { changes: { timeoutMs: null } }
 */
export function readTimeoutChanges(
  seconds: TimeoutSeconds,
  policy: Policy = defaultPolicy,
): { readonly changes: TimeoutsInput } | TimeoutProblem {
  const changes = readChanges(seconds, policy);
  return 'problem' in changes ? changes : { changes };
}

/** The limit that `timeout_secs` sets, and that the plan maximum bounds. */
function limitOf({ timeoutMeasures }: Policy): 'timeoutMs' | 'idleTimeoutMs' {
  return timeoutMeasures === 'idle' ? 'idleTimeoutMs' : 'timeoutMs';
}

function readChanges(seconds: TimeoutSeconds, policy: Policy): TimeoutsInput | TimeoutProblem {
  const changes: { -readonly [Name in keyof TimeoutsInput]: TimeoutsInput[Name] } = {};
  const primary = limitOf(policy);
  for (const [field, limit] of [
    ['timeout_secs', primary],
    ['idle_timeout_secs', 'idleTimeoutMs'],
    ['suspended_timeout_secs', 'suspendedTimeoutMs'],
  ] as const) {
    const value = seconds[field];
    if (value === undefined) continue;
    const isBounded = limit === primary;
    const problem = problemOf(field, value, isBounded ? policy.planMaximumSeconds : null);
    if (problem !== undefined) return { field, problem };
    const read = inMilliseconds(value === 0 ? zeroOf(policy) : value);
    if (changes[limit] !== undefined && changes[limit] !== read) return { field, problem: contradiction };
    changes[limit] = read;
  }
  return changes;
}

const contradiction =
  'idle_timeout_secs and timeout_secs set the same limit here, to different values; pass one of them.';

const zeroOf = ({ zeroTimeout, planMaximumSeconds }: Policy) =>
  zeroTimeout === 'plan_maximum' ? planMaximumSeconds : null;

function problemOf(
  field: keyof TimeoutSeconds,
  seconds: number | null,
  maximum: number | null,
): string | undefined {
  if (seconds === null) {
    if (maximum === null) return undefined;
    return `${field} is null, but your plan allows at most ${maximum} seconds; pass a number from 1 to ${maximum}.`;
  }
  const least = field === 'timeout_secs' ? 0 : 1;
  if (!Number.isSafeInteger(seconds) || seconds < least) {
    return `${field} is ${show(seconds)}; pass a whole number of seconds, ${least} or more.`;
  }
  const most = maximum ?? longestTimeoutSeconds;
  if (seconds <= most) return undefined;
  const whose = maximum === null ? 'that can be counted' : 'that your plan allows';
  return `${field} is ${seconds}, above the ${most} seconds ${whose}; pass at most ${most}.`;
}

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

const secondsCheck = whole(1, longestTimeoutSeconds);
const secondsOrNull = orNull(secondsCheck);

/** Throws a {@link MalformedInputError} that names the field, unless the value is a whole policy. */
export function mustBePolicy(policy: unknown): asserts policy is Policy {
  mustBeObject('policy', policy);
  const limits = policy['operationLimitSeconds'];
  mustBeObject('policy.operationLimitSeconds', limits);
  for (const kind of operationKinds)
    mustBe(secondsCheck, `policy.operationLimitSeconds.${kind}`, limits[kind]);
  mustBe(secondsCheck, 'policy.suspendRetryDelaySeconds', policy['suspendRetryDelaySeconds']);
  mustBe(secondsOrNull, 'policy.omittedTimeoutSeconds', policy['omittedTimeoutSeconds']);
  mustBe(zeroTimeouts, 'policy.zeroTimeout', policy['zeroTimeout']);
  mustBe(secondsOrNull, 'policy.planMaximumSeconds', policy['planMaximumSeconds']);
  mustBe(measures, 'policy.timeoutMeasures', policy['timeoutMeasures']);
  mustBe(secondsOrNull, 'policy.suspendedTimeoutSeconds', policy['suspendedTimeoutSeconds']);
}

const zeroTimeouts = oneOf(['none', 'plan_maximum']);
const measures = oneOf(['lifetime', 'idle']);
