import { useEffect, useRef } from 'react';
import type { Readable, Rollback, SandboxListView, SandboxView } from '../client/index.ts';

type Client = Readable<SandboxView> | Readable<SandboxListView>;

/** The listeners to the rollbacks of one client, and the ids of the rollbacks that were reported to them. */
interface RollbackReports {
  readonly reported: Set<string>;
  readonly listeners: Set<(rollback: Rollback) => void>;
}

const reportsByClient = new WeakMap<Client, RollbackReports>();

/**
 * Calls `onRollback` once for each rollback, however often components mount and render. A component that mounts later also
 * receives the rollbacks that occurred while no component was mounted. If several components are mounted, each is called.
 *
 * @example
 * useRollback(client, ({ reason }) => toast(reason.message));
 */
export function useRollback(client: Client, onRollback: (rollback: Rollback) => void): void {
  const latest = useRef(onRollback);
  useEffect(() => {
    latest.current = onRollback;
  });
  useEffect(() => {
    const reports: RollbackReports = reportsByClient.get(client) ?? {
      reported: new Set(),
      listeners: new Set(),
    };
    reportsByClient.set(client, reports);
    const listener = (rollback: Rollback) => latest.current(rollback);
    reports.listeners.add(listener);
    const unsubscribe = client.subscribe(() => reportAll(client, reports));
    // In a microtask, so that all components that mount now are listening.
    queueMicrotask(() => reportAll(client, reports));
    return () => {
      unsubscribe();
      reports.listeners.delete(listener);
    };
  }, [client]);
}

function reportAll(client: Client, { reported, listeners }: RollbackReports): void {
  if (listeners.size === 0) return;
  const view = client.getSnapshot();
  const rollbacks = 'sandboxes' in view ? view.sandboxes.flatMap((one) => one.rollbacks) : view.rollbacks;
  for (const rollback of rollbacks) {
    if (reported.has(rollback.id)) continue;
    reported.add(rollback.id);
    for (const listener of [...listeners]) listener(rollback);
  }
}
