import { show } from './checks.ts';
import { longestTimeoutMs, type OperationKind } from './sandbox.ts';

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
  /** The longest `timeout_secs` that a request may have, in seconds; null means no maximum. */
  readonly planMaximumSeconds: number | null;
  /**
   * Whether the timeout measures the time since the start or since the last activity. The machine does not read it: a host
   * that measures idleness sends `keepalive` for each activity, and a host that measures a lifetime never does.
   */
  readonly timeoutMeasures: 'lifetime' | 'idle';
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
};

/** A part of a policy. Omitted values are the defaults. */
export type PolicyInput = {
  readonly [Key in Exclude<keyof Policy, 'operationLimitSeconds'>]?: Policy[Key] | undefined;
} & {
  readonly operationLimitSeconds?: { readonly [Kind in OperationKind]?: number | undefined } | undefined;
};

/** The longest timeout that can be counted, in whole seconds. */
export const longestTimeoutSeconds = Math.floor(longestTimeoutMs / 1000);

/** The result of reading a `timeout_secs`: a limit in ms (null for none), or a sentence that says why it is invalid. */
export type TimeoutReading = { readonly timeoutMs: number | null } | { readonly problem: string };

/**
 * Reads the wire's `timeout_secs` (whole seconds, undefined when left out) by the policy. Never throws.
 *
 * @example
 * readTimeout(300); // { timeoutMs: 300_000 }
 * readTimeout(7200, { ...defaultPolicy, planMaximumSeconds: 3600 }); // { problem: 'timeout_secs is 7200, …' }
 */
export function readTimeout(
  timeoutSeconds: number | undefined,
  policy: Policy = defaultPolicy,
): TimeoutReading {
  const { planMaximumSeconds } = policy;
  if (timeoutSeconds === undefined) return inMilliseconds(policy.omittedTimeoutSeconds);
  if (!Number.isSafeInteger(timeoutSeconds) || timeoutSeconds < 0) {
    return { problem: `timeout_secs is ${show(timeoutSeconds)}; pass a whole number of seconds, 0 or more.` };
  }
  if (timeoutSeconds === 0) {
    return inMilliseconds(policy.zeroTimeout === 'plan_maximum' ? planMaximumSeconds : null);
  }
  const most = planMaximumSeconds ?? longestTimeoutSeconds;
  if (timeoutSeconds > most) {
    const whose = planMaximumSeconds === null ? 'that can be counted' : 'that your plan allows';
    return {
      problem: `timeout_secs is ${timeoutSeconds}, above the ${most} seconds ${whose}; pass at most ${most}.`,
    };
  }
  return inMilliseconds(timeoutSeconds);
}

function inMilliseconds(seconds: number | null): TimeoutReading {
  return { timeoutMs: seconds === null ? null : seconds * 1000 };
}
