import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import {
  createSandboxClient,
  createSandboxListClient,
  type SandboxClient,
  type SandboxListClient,
  type TabSharing,
} from '../../../src/client/index.ts';
import type { Session } from './session.ts';

/** The session and the list client, for all parts of the page. */
export interface Workspace extends Session {
  readonly list: SandboxListClient;
}

const WorkspaceContext = createContext<Workspace | null>(null);

/** The workspace of this page. */
export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error('useWorkspace needs a WorkspaceProvider.');
  return workspace;
}

/** Provides the workspace, with one list client for as long as the page is open. */
export function WorkspaceProvider({ session, children }: { session: Session; children: ReactNode }) {
  const make = useCallback(
    (tabs: TabSharing) => createSandboxListClient({ transport: session.transport, tabs }),
    [session],
  );
  const list = useClient(session, make);
  const workspace = useMemo(() => list && { ...session, list }, [session, list]);
  return workspace && <WorkspaceContext value={workspace}>{children}</WorkspaceContext>;
}

/** The client of one sandbox, while its page is shown. The list client takes over commands that it leaves pending. */
export function useSandboxClient(id: string): SandboxClient | null {
  const workspace = useWorkspace();
  const make = useCallback(
    (tabs: TabSharing) => {
      const { list, transport } = workspace;
      const known = list.getSnapshot().sandboxes.find((snapshot) => snapshot.id === id)?.confirmed;
      return createSandboxClient({ id, transport, tabs, initial: known ?? undefined });
    },
    [workspace, id],
  );
  return useClient(workspace, make);
}

/** Creates a client on mount and disposes it on unmount. Refreshes it when the page is online or visible again. */
function useClient<Client extends SandboxClient | SandboxListClient>(
  session: Session,
  make: (tabs: TabSharing) => Client,
): Client | null {
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    const { tabs, close } = session.openTabChannel();
    const made = make(tabs);
    const over = new AbortController();
    const { signal } = over;
    const refresh = () => {
      if (!document.hidden) made.refresh();
    };
    addEventListener('online', refresh, { signal });
    document.addEventListener('visibilitychange', refresh, { signal });
    // Other tabs, or this page after a reload, take over its commands at once instead of after a time limit.
    addEventListener('pagehide', ({ persisted }) => persisted || made.dispose(), { signal });
    setClient(made);
    return () => {
      over.abort();
      setClient(null);
      made.dispose();
      close();
    };
  }, [session, make]);
  return client;
}
