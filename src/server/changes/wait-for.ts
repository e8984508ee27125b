import { table } from '../../machine/table.generated.ts';
import { type StateName, stateOf } from '../../machine/table.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Waited } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { ChangeFeed } from './change-feed.ts';

/** The condition of a wait, and its limits. */
export interface WaitOptions {
  readonly wanted: readonly Status[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Reads the current entry. */
  readonly read: () => Promise<SandboxEntry>;
}

/** Waits until a sandbox is in one of the statuses, can never be in any of them again, or the time limit has passed. */
export async function waitFor(
  { read, wanted, timeoutMs, signal = new AbortController().signal }: WaitOptions,
  changeFeed: ChangeFeed,
  clock: Clock,
): Promise<Waited> {
  const until = clock.now() + timeoutMs;
  const { namespace, sandbox } = await read();
  const listener = changeFeed.listen({ namespace, sandboxId: sandbox.id });
  try {
    for (;;) {
      const entry = await read();
      if (wanted.includes(entry.sandbox.status)) return { outcome: 'reached', reason: null, entry };
      if (!wanted.some((status) => canBecome(entry.sandbox, status))) {
        return { outcome: 'unreachable', reason: unreachable(entry.sandbox, wanted), entry };
      }
      const left = until - clock.now();
      if (left <= 0 || signal.aborted || listener.isOver()) {
        return { outcome: 'timed_out', reason: `The sandbox is still ${entry.sandbox.status}.`, entry };
      }
      await listener.changed(signal, left);
    }
  } finally {
    listener.end();
  }
}

function unreachable({ status }: Sandbox, wanted: readonly Status[]): string {
  const why = status === 'terminated' ? ', which is final' : '';
  return `The sandbox is ${status}${why}: it can never be ${wanted.join(' or ')} again.`;
}

function canBecome(sandbox: Sandbox, status: Status): boolean {
  return reachableFrom(stateOf(sandbox)).has(status);
}

/** The cached results of {@link reachableFrom}. */
const reachable = new Map<StateName, ReadonlySet<Status>>();

/** The statuses that the machine can reach from a state. */
function reachableFrom(start: StateName): ReadonlySet<Status> {
  const found = reachable.get(start);
  if (found) return found;
  const statuses = new Set<Status>();
  const visited = new Set<StateName>();
  const open: StateName[] = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (visited.has(state)) continue;
    visited.add(state);
    for (const { status } of Object.values(table.states[state].on).flat()) {
      statuses.add(status);
      // The record determines which of the two states it is, so both are visited.
      open.push(...(status === 'suspended' ? (['suspended.idle', 'suspended.resuming'] as const) : [status]));
    }
  }
  reachable.set(start, statuses);
  return statuses;
}
