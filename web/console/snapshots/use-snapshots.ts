import { useCallback, useEffect, useState } from 'react';
import { useSandbox } from '../../../src/react/index.ts';
import type { SnapshotInfo } from '../../../src/schema/http/responses.ts';
import { useWorkspace } from '../session/workspace.tsx';

/** The snapshots of the namespace, newest first; asked for again when `reason` or the connection changes. Null until they are known. */
export function useSnapshots(reason?: unknown): {
  readonly snapshots: readonly SnapshotInfo[] | null;
  readonly problem: string | null;
  readonly refresh: () => void;
} {
  const { server, list } = useWorkspace();
  const connection = useSandbox(list, (snapshot) => snapshot.connection);
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
  }, [server, reason, round, connection]);
  // What is known already is shown on; it is asked for again.
  return {
    snapshots,
    problem: snapshots === null ? problem : null,
    refresh: useCallback(() => setRound((count) => count + 1), []),
  };
}
