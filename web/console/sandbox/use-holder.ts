import { useEffect, useState } from 'react';
import type { DisplayedSandbox } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { HolderInfo } from '../../../src/schema/http/operation-responses.ts';
import { useWorkspace } from '../session/workspace.tsx';

/** The time between two reads while a host holds the sandbox, in ms. */
const rereadMs = 2_000;

/**
 * The host that holds a sandbox, where several hosts share the store. Reads it after each change of the record, and again while a host
 * holds the sandbox. Null where the server is one host, and until a request succeeds.
 */
export function useHolder(confirmed: DisplayedSandbox | null): HolderInfo | null {
  const { server, list } = useWorkspace();
  const connection = useSandbox(list, (snapshot) => snapshot.connection);
  const [read, setRead] = useState<{ readonly id: string; readonly holder: HolderInfo | null }>();
  const { id, version } = confirmed ?? {};
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a reason to read again.
  useEffect(() => {
    if (id === undefined || connection === 'offline') return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    async function readOn(id: string) {
      const holder = await server.holder(id).catch(() => null);
      if (isOver) return;
      setRead({ id, holder });
      if (holder?.host) timer = setTimeout(readOn, rereadMs, id);
    }
    void readOn(id);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [server, id, version, connection]);
  return read !== undefined && read.id === id ? read.holder : null;
}
