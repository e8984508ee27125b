import { useEffect, useRef } from 'react';
import type { Readable, Rollback, SandboxListView, SandboxView } from '../client/index.ts';

type Source = Readable<SandboxView> | Readable<SandboxListView>;

/** Who is to be told of the rollbacks of one client, and what has been told. */
interface Board {
  readonly told: Set<string>;
  readonly listeners: Set<(rollback: Rollback) => void>;
}

const boards = new WeakMap<Source, Board>();

/**
 * Calls `tell` once for each rollback, however often components mount and render: for those that nobody was there for,
 * as soon as somebody is. Where several components listen at the time, each is called.
 *
 * @example
 * useRollback(client, ({ reason }) => toast(reason.message));
 */
export function useRollback(client: Source, tell: (rollback: Rollback) => void): void {
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => {
    const board: Board = boards.get(client) ?? { told: new Set(), listeners: new Set() };
    boards.set(client, board);
    const listener = (rollback: Rollback) => latest.current(rollback);
    board.listeners.add(listener);
    const stop = client.subscribe(() => tellAll(client, board));
    // Not before all that mount now are listening.
    queueMicrotask(() => tellAll(client, board));
    return () => {
      stop();
      board.listeners.delete(listener);
    };
  }, [client]);
}

function tellAll(client: Source, { told, listeners }: Board): void {
  if (listeners.size === 0) return;
  const snapshot = client.getSnapshot();
  const rollbacks =
    'sandboxes' in snapshot ? snapshot.sandboxes.flatMap((one) => one.rollbacks) : snapshot.rollbacks;
  for (const rollback of rollbacks) {
    if (told.has(rollback.id)) continue;
    told.add(rollback.id);
    for (const listener of [...listeners]) listener(rollback);
  }
}
