import { defaultPolicy, type Policy } from '../../model/policy.ts';
import { readSeen, type Seen } from './observation.ts';
import { type Illegal, watcher } from './trace-watcher.ts';

/** Options of a trace check. */
export interface TraceOptions {
  /** Whether the statuses are samples, as from polling, so that events in between are unknown. */
  readonly sampled?: boolean;
  /** The policy of the sandboxes, for bare events. Default: the default policy. */
  readonly policy?: Policy;
}

/** The result of a trace check. */
export type TraceVerdict =
  | {
      readonly legal: true;
      readonly observations: number;
      readonly sandboxes: number;
    }
  | ({
      readonly legal: false;
      /** The index of the first illegal observation, from 0. */
      readonly index: number;
    } & Illegal);

/**
 * Checks whether the observations of sandboxes are possible. If not, returns the first illegal step and the legal
 * alternatives. The machine itself decides every step. A trace is a list of
 *
 * - statuses: `'running'`, or objects with a `status` as the API returns them. A `name` and a `version` are used when
 *   present: a sandbox without a name is never suspended, and a version counts the events in between;
 * - or events: `{ type: 'created', name, timeoutMs, idleTimeoutMs, suspendedTimeoutMs, at }` and then every event. An event that changed nothing is legal, an
 *   event that the machine refuses is illegal;
 * - or lines of a history, as the API returns them, each of which must have been applied.
 *
 * A trace may mix several sandboxes when each line has its `id` or `sandbox_id`. Unless `sampled`, a trace must contain
 * every change of status, or every event, from the creation on. Throws `MalformedInputError` for any other input.
 *
 * @example
 * checkTrace(['pending', 'running', 'suspended']);
 * // { legal: false, index: 2, message: 'No single change of status leads from running to suspended. …', legalNext: […] }
 * checkTrace(['pending', 'running', 'suspended'], { sampled: true }).legal; // true
 */
export function checkTrace(trace: Iterable<unknown>, options: TraceOptions = {}): TraceVerdict {
  return checkSeen(
    [...trace].map((line, index) => readSeen(line, `trace[${index}]`)),
    options,
  );
}

/** As {@link checkTrace}, for observations that are already parsed. */
export function checkSeen(trace: readonly Seen[], options: TraceOptions = {}): TraceVerdict {
  const { sampled = false, policy = defaultPolicy } = options;
  const watchers = new Map<string, (seen: Seen) => Illegal | undefined>();
  for (const [index, seen] of trace.entries()) {
    const watch = watchers.get(seen.sandbox) ?? watcher(sampled, policy);
    watchers.set(seen.sandbox, watch);
    const illegal = watch(seen);
    if (illegal !== undefined) return { legal: false, index, ...illegal };
  }
  return { legal: true, observations: trace.length, sandboxes: watchers.size };
}
