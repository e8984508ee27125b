import { table } from '../../machine/table.generated.ts';
import { type StateName, stateOf } from '../../machine/table.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Waited } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { ChangeFeed } from './change-feed.ts';

/** What a wait is for. */
export interface WaitOptions {
  readonly wanted: readonly Status[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Reads the sandbox as it is. */
  readonly read: () => Promise<SandboxEntry>;
}

/** Waits until a sandbox is in one of the statuses, or can never be again, or the time is up. */
export async function waitFor(
  { read, wanted, timeoutMs, signal = new AbortController().signal }: WaitOptions,
  changes: ChangeFeed,
  clock: Clock,
): Promise<Waited> {
  const until = clock.now() + timeoutMs;
  const { namespace, sandbox } = await read();
  const listener = changes.listen({ namespace, sandboxId: sandbox.id });
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

const known = new Map<StateName, ReadonlySet<Status>>();

/** The statuses that the machine has a way to from a state, however long. */
function reachableFrom(start: StateName): ReadonlySet<Status> {
  const found = known.get(start);
  if (found) return found;
  const statuses = new Set<Status>();
  const seen = new Set<StateName>();
  const open: StateName[] = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    for (const { status } of Object.values(table.states[state].on).flat()) {
      statuses.add(status);
      // Which half of suspended it is depends on the record: both are looked at.
      open.push(...(status === 'suspended' ? (['suspended.idle', 'suspended.resuming'] as const) : [status]));
    }
  }
  known.set(start, statuses);
  return statuses;
}
