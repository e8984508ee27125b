import { table } from '../../machine/table.generated.ts';
import { type StateName, stateOf } from '../../machine/table.ts';
import type { OperationKind, Sandbox, Status } from '../../model/sandbox.ts';
import { type Clock, elapsedBy } from '../../utils/clock.ts';
import { onAbort } from '../../utils/on-abort.ts';
import { StoppingError } from '../errors.ts';
import type { Waited } from '../host.ts';
import { isMissing } from '../store/history-items.ts';
import type { HistoryItem, SandboxEntry } from '../store/records.ts';
import type { ChangeFeed } from './change-feed.ts';

/** The condition of a wait, and its limits. */
interface WaitOptions {
  readonly wanted: readonly Status[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Reads the entry of the sandbox, by id or name at first, and then by its id. */
  readonly read: (idOrName: string) => Promise<SandboxEntry>;
  readonly idOrName: string;
}

/**
 * Waits until a sandbox is in one of the statuses, can never be in any of them again, the operation that would lead there
 * has failed, or the time limit has passed. A wait by name stays with the sandbox that had the name when it began. Throws
 * {@link StoppingError} when the host closes meanwhile.
 */
export async function waitFor(
  { read, idOrName, wanted, timeoutMs, signal = new AbortController().signal }: WaitOptions,
  changeFeed: ChangeFeed,
  clock: Clock,
): Promise<Waited> {
  const until = elapsedBy(clock) + timeoutMs;
  const { namespace, sandbox } = await read(idOrName);
  const follower = changeFeed.follow({ namespace, sandboxId: sandbox.id });
  const stopListening = onAbort(signal, follower.wake);
  const cancelTimer = clock.wake(timeoutMs, follower.wake);
  try {
    // Read again, because a change before the subscription is not among its rows.
    let entry = await read(sandbox.id);
    let rows: readonly HistoryItem[] = [];
    for (;;) {
      const ended = endOf(entry.sandbox, wanted, clock.now());
      if (ended) return { ...ended, entry };
      const next = rows.find(({ version }) => version > entry.sandbox.version);
      if (next !== undefined && isMissing(next)) {
        // Its row cannot be read, but the record can.
        rows = rows.slice(rows.indexOf(next) + 1);
        entry = await read(sandbox.id);
        continue;
      }
      if (next !== undefined) {
        // The row has the record. The store is read only for a configuration that has changed with it.
        const { configuration } = next.event.type === 'configure' ? await read(sandbox.id) : entry;
        entry = { ...entry, configuration, sandbox: next.sandbox };
        continue;
      }
      if (changeFeed.isOver()) throw new StoppingError();
      if (until - elapsedBy(clock) <= 0 || signal.aborted) {
        return { outcome: 'timed_out', reason: `The sandbox is still ${entry.sandbox.status}.`, entry };
      }
      await follower.changed();
      rows = await follower.read();
    }
  } finally {
    cancelTimer();
    stopListening();
    follower.end();
  }
}

/** The result that a record gives to a wait; undefined while the wait continues. */
function endOf(
  sandbox: Sandbox,
  wanted: readonly Status[],
  now: number,
): Pick<Waited, 'outcome' | 'reason'> | undefined {
  if (wanted.includes(sandbox.status)) return { outcome: 'reached', reason: null };
  if (!wanted.some((status) => canBecome(sandbox, status)))
    return { outcome: 'unreachable', reason: unreachable(sandbox, wanted) };
  const failure = failureOf(sandbox, wanted, now);
  return failure === undefined ? undefined : { outcome: 'failed', reason: failure };
}

/** The status to which each operation leads. */
const leadsTo = {
  boot: 'running',
  snapshot: 'running',
  suspend: 'suspended',
  resume: 'running',
} as const satisfies Record<OperationKind, Status>;

/**
 * How long a failed operation ends the waits that begin after it, in ms: a client sends a command and then waits, and the
 * operation may fail in between. An older failure says nothing about what the client waits for.
 */
const recentMs = 60_000;

/** Why the operation that leads to a wanted status has failed, as a sentence; undefined while another may lead there. */
function failureOf(
  { operation, lastOperation }: Sandbox,
  wanted: readonly Status[],
  now: number,
): string | undefined {
  if (operation !== null || lastOperation === null || lastOperation.result === 'completed') return undefined;
  const { kind, result, reason, at } = lastOperation;
  if (!wanted.includes(leadsTo[kind]) || now - at > recentMs) return undefined;
  if (result === 'timed_out') return `The ${kind} exceeded its time limit.`;
  return `The ${kind} failed: ${reason}`;
}

function unreachable({ status, outcome }: Sandbox, wanted: readonly Status[]): string {
  const why = status === 'terminated' ? ', which is final' : '';
  const detail = outcome?.detail ? ` It ended because: ${outcome.detail}` : '';
  return `The sandbox is ${status}${why}: it can never be ${wanted.join(' or ')} again.${detail}`;
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
    for (const { status } of [...table.states[state].on.values()].flat()) {
      statuses.add(status);
      // The record determines which of the two states it is, so both are visited.
      open.push(...(status === 'suspended' ? (['suspended.idle', 'suspended.resuming'] as const) : [status]));
    }
  }
  reachable.set(start, statuses);
  return statuses;
}
