import { useEffect, useState } from 'react';
import type { DisplayedSandbox } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { SandboxInfo } from '../../../src/schema/http/responses.ts';
import { useWorkspace } from '../session/workspace.tsx';

/** The time between two reads while the platform does not have the newest configuration, in ms. */
const rereadMs = 2_000;

/**
 * Fetches what the record does not have: the configuration and the types of snapshots. Fetches them again after each change
 * of the generation or the incarnation, and until the platform has the newest configuration. Null until a request succeeds; it retries when the connection changes.
 */
export function useInfo(confirmed: DisplayedSandbox | null): SandboxInfo | null {
  const { server, list } = useWorkspace();
  const connection = useSandbox(list, (snapshot) => snapshot.connection);
  const [info, setInfo] = useState<SandboxInfo | null>(null);
  const { id, generation, incarnation = null } = confirmed ?? {};
  useEffect(() => {
    if (id === undefined || connection === 'offline') return;
    const hasRead = info?.id === id && info.generation === generation;
    // The platform must have the newest generation while the sandbox runs.
    if (hasRead && (incarnation === null || info.applied_generation === generation)) return;
    let isOver = false;
    const read = () =>
      server.show(id).then(
        (read) => isOver || setInfo(read),
        () => undefined,
      );
    const timer = setTimeout(read, hasRead ? rereadMs : 0);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [server, id, generation, incarnation, info, connection]);
  return info?.id === id ? info : null;
}
