import assert from 'node:assert/strict';
import { createSandbox, transition } from '../../machine/transition.ts';
import type { SandboxEvent, WithoutTime } from '../../model/events.ts';
import { defaultPolicy } from '../../model/policy.ts';
import { type Configuration, defaultConfiguration } from '../../server/configuration.ts';
import type { HistoryRow, SandboxEntry, SnapshotRecord, StoredResponse } from '../../server/store/records.ts';
import type { Store, StoreChange } from '../../server/store/store.ts';

/** A sandbox to create. Times are in ms. */
export interface NewSandbox {
  readonly id: string;
  readonly name?: string | null;
  readonly namespace?: string;
  readonly timeoutMs?: number | null;
  readonly suspendedTimeoutMs?: number | null;
  readonly at?: number;
  readonly configuration?: Partial<Configuration>;
}

/** The creation of a sandbox, as a host commits it. */
export function creation({
  id,
  name = null,
  namespace = 'default',
  timeoutMs = null,
  suspendedTimeoutMs = null,
  at = 1_000,
  configuration = {},
}: NewSandbox) {
  const { sandbox } = createSandbox({ id, name, timeoutMs, suspendedTimeoutMs, at });
  const after: SandboxEntry = {
    ...{ sandbox, namespace, released: false, revision: 1 },
    configuration: { ...defaultConfiguration, entrypoint: ['sleep', '60'], ...configuration },
  };
  const limits = { timeoutMs, idleTimeoutMs: null, suspendedTimeoutMs };
  const event = { type: 'created', name, ...limits, at } as const;
  return { before: null, after, history: rowOf(null, after, event) } satisfies StoreChange;
}

/** An event at an instant. Default: 1 ms after the previous event. */
export type NextEvent = WithoutTime<SandboxEvent> & { readonly at?: number };

/** Applies an event to a sandbox. Fails when the event does not apply. */
export function step(before: SandboxEntry, next: NextEvent) {
  const event = { at: before.sandbox.updatedAt + 1, ...next } as SandboxEvent;
  const { outcome, sandbox } = transition(before.sandbox, event);
  assert.equal(outcome, 'applied', `${event.type} while ${before.sandbox.status}`);
  const after: SandboxEntry = { ...before, sandbox, revision: before.revision + 1 };
  return { before, after, history: rowOf(before, after, event) } satisfies StoreChange;
}

/** A change without an event, such as a change of the configuration. */
export function adjustment(before: SandboxEntry, changes: Partial<SandboxEntry>) {
  return { before, after: { ...before, ...changes, revision: before.revision + 1 } } satisfies StoreChange;
}

/** Commits a new sandbox and some events, each in its own commit, and returns the last entry. */
export async function commitSandbox(
  store: Store,
  sandbox: NewSandbox,
  ...events: readonly NextEvent[]
): Promise<SandboxEntry> {
  const change = creation(sandbox);
  await store.commit({ change });
  let entry = change.after;
  for (const event of events) {
    const next = step(entry, event);
    await store.commit({ change: next });
    entry = next.after;
  }
  return entry;
}

/** The event that starts a new sandbox. */
export const up = { type: 'boot.completed', operation: 1 } as const;

/** The events that lead a new sandbox with a name to each kind of record. */
export const kinds = {
  pending: [],
  running: [up],
  snapshotting: [up, { type: 'snapshot', snapshotId: 'kinds' }],
  suspending: [up, { type: 'suspend' }],
  suspended: [up, { type: 'suspend' }, { type: 'suspend.completed', operation: 2 }],
  resuming: [up, { type: 'suspend' }, { type: 'suspend.completed', operation: 2 }, { type: 'resume' }],
  terminated: [up, { type: 'terminate' }],
  crashed: [up, { type: 'crashed', incarnation: 1, reason: 'exit code 137' }],
  startFailed: [{ type: 'boot.failed', operation: 1, reason: 'no such image' }],
} as const satisfies Readonly<Record<string, readonly NextEvent[]>>;

/** A snapshot record. Its sandbox need not exist. */
export function snapshotOf(id: string, changes: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
    ...{ id, namespace: 'default', sandboxId: 'a', status: 'in_progress', type: 'filesystem', error: null },
    ...{ uri: null, sizeBytes: null, resources: defaultConfiguration.resources, createdAt: 5 },
    ...changes,
  };
}

/** The deletion of a snapshot. */
export const deletionOf = (id: string, at = 9) => ({ deletedSnapshot: { id, at } });

/** The ids of the snapshots of a namespace, in the order of the list. */
export async function snapshotIds(store: Store, namespace = 'default'): Promise<readonly string[]> {
  const { items } = await store.listSnapshots({ namespace, limit: 99 });
  return items.map(({ id }) => id);
}

/** A response to a request with an idempotency key. */
export function responseOf(key: string, changes: Partial<StoredResponse> = {}): StoredResponse {
  return { namespace: 'default', key, fingerprint: 'f', at: 1_000, result: { id: 'a' }, ...changes };
}

/** How each promise ended: `kept` or its error. */
export async function endings(promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((end) => (end.status === 'fulfilled' ? 'kept' : end.reason));
}

/** Asserts that one writer won and all others got this error. Returns the index of the winner. */
export function onlyWinner(ends: readonly unknown[], Loss: abstract new (...args: never[]) => Error): number {
  const won = ends.flatMap((end, index) => (end === 'kept' ? [index] : []));
  assert.equal(won.length, 1, `exactly one of ${ends.length} writers must win, but ${won.length} won`);
  for (const end of ends) {
    if (end !== 'kept')
      assert.ok(end instanceof Loss, `every other writer must get a ${Loss.name}, but one got ${end}`);
  }
  return won[0] ?? 0;
}

function rowOf(
  before: SandboxEntry | null,
  { namespace, sandbox }: SandboxEntry,
  event: HistoryRow['event'],
) {
  const { id: sandboxId, version, status: to } = sandbox;
  const from = before?.sandbox.status ?? null;
  const who = { actor: 'user', cause: 'request', policy: defaultPolicy };
  return { namespace, sandboxId, version, from, to, event, at: event.at, ...who, sandbox };
}
