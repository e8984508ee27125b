import { defaultPolicy, type Policy } from '../../model/policy.ts';
import { readSeen, type Seen } from './observation.ts';
import { type Illegal, watcher } from './trace-watcher.ts';

/** How a trace was taken. */
export interface TraceOptions {
  /** The statuses were seen now and then, as by polling: what happened in between is not known. */
  readonly sampled?: boolean;
  /** The policy that the sandboxes went by, for bare events; the default one when left out. */
  readonly policy?: Policy;
}

/** What a trace comes to. */
export type TraceVerdict =
  | {
      readonly legal: true;
      readonly observations: number;
      readonly sandboxes: number;
    }
  | ({
      readonly legal: false;
      /** Which observation is illegal, from 0. All before it are fine. */
      readonly index: number;
    } & Illegal);

/**
 * Whether what was observed of sandboxes can have happened, and if not, the first step that cannot and what could have
 * come instead. Everything is asked of the machine itself. A trace is a list of
 *
 * - statuses: `'running'`, or objects with a `status` as the API answers them. A `name` and a `version` are used where
 *   they are there: a sandbox without a name is never suspended, and a version counts the events in between;
 * - or events: `{ type: 'created', name, timeoutMs, at }` and then every event. One that changed nothing is fine, one
 *   that the machine refuses is illegal;
 * - or lines of a history, as the API answers them, each of which must have been applied.
 *
 * Several sandboxes may be mixed when each line has its `id` or `sandbox_id`. Exact unless `sampled`: every change of
 * status, or every event, from the creation on. Throws `MalformedInputError` for what is none of these.
 *
 * @example
 * checkTrace(['pending', 'running', 'suspended']);
 * // { legal: false, index: 2, message: 'No one change of status leads from running to suspended. …', legalNext: […] }
 * checkTrace(['pending', 'running', 'suspended'], { sampled: true }).legal; // true
 */
export function checkTrace(trace: Iterable<unknown>, options: TraceOptions = {}): TraceVerdict {
  return checkSeen(
    [...trace].map((line, index) => readSeen(line, `trace[${index}]`)),
    options,
  );
}

/** The same for what was read already. */
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
