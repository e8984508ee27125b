import { useCallback, useEffect, useState } from 'react';
import { useSandbox } from '../../../src/react/index.ts';
import type { SnapshotInfo } from '../../../src/schema/http/responses.ts';
import { useWorkspace } from '../session/workspace.tsx';

/**
 * The snapshots of the namespace, newest first; null until loaded. Requests them again when `trigger` or the connection
 * changes.
 */
export function useSnapshots(trigger?: unknown): {
  readonly snapshots: readonly SnapshotInfo[] | null;
  readonly problem: string | null;
  readonly refresh: () => void;
} {
  const { server, list } = useWorkspace();
  const connection = useSandbox(list, (snapshot) => snapshot.connection);
  const [snapshots, setSnapshots] = useState<readonly SnapshotInfo[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of these requests the snapshots again.
  useEffect(() => {
    let isCurrent = true;
    server.snapshots().then(
      (all) => {
        if (!isCurrent) return;
        setSnapshots(all);
        setProblem(null);
      },
      (error: Error) => isCurrent && setProblem(error.message),
    );
    return () => {
      isCurrent = false;
    };
  }, [server, trigger, round, connection]);
  // After a failed refresh the page keeps the snapshots that it has.
  return {
    snapshots,
    problem: snapshots === null ? problem : null,
    refresh: useCallback(() => setRound((count) => count + 1), []),
  };
}
