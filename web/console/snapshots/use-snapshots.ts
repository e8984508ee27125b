import { useCallback, useEffect, useState } from 'react';
import type { SnapshotInfo } from '../session/server.ts';
import { useWorkspace } from '../session/workspace.tsx';

/** The snapshots of the namespace, newest first; asked for again when `reason` changes. Null until they are known. */
export function useSnapshots(reason?: unknown): {
  readonly snapshots: readonly SnapshotInfo[] | null;
  readonly problem: string | null;
  readonly refresh: () => void;
} {
  const { server } = useWorkspace();
  const [snapshots, setSnapshots] = useState<readonly SnapshotInfo[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are why it is asked again.
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
  }, [server, reason, round]);
  return { snapshots, problem, refresh: useCallback(() => setRound((count) => count + 1), []) };
}
