import type { ServerChange } from '../../client/transport/server-update.ts';
import { createSandbox, transition } from '../../machine/transition.ts';
import type { SandboxEvent, TimeoutsInput } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { SnapshotInfo } from '../../schema/http/responses.ts';

/** The sandboxes of a fake server. Each follows the real machine. */
export interface FakeServer {
  /** The records, oldest first. */
  records(): readonly Sandbox[];
  find(idOrName: string): Sandbox | undefined;
  /** The changes after a sequence, in order; the sequence of a change is its position from 1 on. */
  changesAfter(sequence: number): readonly ServerChange[];
  onChange(listener: (change: ServerChange, sequence: number) => void): () => void;
  /** Applies an event. Returns the machine's result. */
  apply(id: string, event: SandboxEvent, cause: string | null): ReturnType<typeof transition>;
  /** Completes the operation in progress of a sandbox, if there is one. */
  complete(id: string): void;
  create(input: TimeoutsInput & { readonly name?: string | null }, cause: string | null): Sandbox;
  /** Newest first. */
  readonly snapshots: SnapshotInfo[];
}

/** Creates the server. `now` is the time in epoch ms. */
export function createFakeServer(initial: readonly Sandbox[], now: () => number): FakeServer {
  const records = new Map(initial.map((sandbox) => [sandbox.id, sandbox]));
  const log: ServerChange[] = [];
  const listeners = new Set<(change: ServerChange, sequence: number) => void>();
  const snapshots: SnapshotInfo[] = [];
  let created = 0;

  function publish(sandbox: Sandbox, change: Omit<ServerChange, 'sandbox' | 'at'>): void {
    records.set(sandbox.id, sandbox);
    log.push({ ...change, sandbox, at: now() });
    for (const listener of [...listeners]) listener(log.at(-1) as ServerChange, log.length);
  }

  function recordOf(id: string): Sandbox {
    const record = records.get(id);
    if (!record) throw new RangeError(`The fake server has no sandbox "${id}".`);
    return record;
  }

  function apply(id: string, event: SandboxEvent, cause: string | null) {
    const before = recordOf(id);
    const result = transition(before, event);
    if (result.outcome === 'applied') {
      const actor = event.type.includes('.') ? 'platform' : 'user';
      publish(result.sandbox, { from: before.status, event: event.type, actor, cause });
      noteSnapshot(before, result.sandbox);
    }
    return result;
  }

  /** Keeps the list of snapshots in agreement with the record. */
  function noteSnapshot(before: Sandbox, after: Sandbox): void {
    if (after.snapshotId !== null && before.snapshotId === null) {
      const info = { id: after.snapshotId, sandbox_id: after.id, created_at: now() };
      snapshots.unshift({
        ...info,
        namespace: 'default',
        status: 'in_progress',
        snapshot_type: 'filesystem',
      });
    } else if (after.snapshotId === null && before.snapshotId !== null) {
      const index = snapshots.findIndex(({ id }) => id === before.snapshotId);
      const isDone = after.lastOperation?.kind === 'snapshot' && after.lastOperation.result === 'completed';
      const info = snapshots[index];
      if (info) snapshots[index] = { ...info, status: isDone ? 'completed' : 'failed' };
    }
  }

  return {
    records: () => [...records.values()],
    find: (idOrName) => records.get(idOrName) ?? [...records.values()].find(({ name }) => name === idOrName),
    changesAfter: (sequence) => log.slice(sequence),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    apply,
    complete(id) {
      const { operation } = recordOf(id);
      if (operation)
        apply(
          id,
          { type: `${operation.kind}.completed`, operation: operation.id, at: now() },
          `operation ${operation.id}`,
        );
    },
    create({ name = null, timeoutMs = null, idleTimeoutMs = null, suspendedTimeoutMs = null }, cause) {
      while (records.has(`created-${++created}`));
      const limits = { timeoutMs, idleTimeoutMs, suspendedTimeoutMs };
      const { sandbox } = createSandbox({ id: `created-${created}`, name, ...limits, at: now() });
      publish(sandbox, { from: null, event: 'created', actor: 'user', cause });
      return sandbox;
    },
    snapshots,
  };
}
