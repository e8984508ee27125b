import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import {
  createSandboxClient,
  createSandboxListClient,
  type SandboxClient,
  type SandboxListClient,
  type TabSharing,
} from '../../../src/client/index.ts';
import type { Session } from './session.ts';

/** What all parts of the page work with. */
export interface Workspace extends Session {
  readonly list: SandboxListClient;
}

const WorkspaceContext = createContext<Workspace | null>(null);

/** The workspace of this page. */
export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error('This part of the page stands outside of the workspace.');
  return workspace;
}

/** Keeps one list of all sandboxes for as long as the page is open. */
export function WorkspaceProvider({ session, children }: { session: Session; children: ReactNode }) {
  const make = useCallback(
    (tabs: TabSharing) => createSandboxListClient({ transport: session.transport, tabs }),
    [session],
  );
  const list = useClient(session, make);
  const workspace = useMemo(() => list && { ...session, list }, [session, list]);
  return workspace && <WorkspaceContext value={workspace}>{children}</WorkspaceContext>;
}

/** A client of one sandbox, for as long as its page is shown. What it leaves undone, the list's client takes over. */
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

/** Makes a client when the page shows it, lets go of it when the page does not, and asks anew when there is a network again. */
function useClient<Client extends SandboxClient | SandboxListClient>(
  session: Session,
  make: (tabs: TabSharing) => Client,
): Client | null {
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    const { tabs, close } = session.joinTabs();
    const made = make(tabs);
    const over = new AbortController();
    const { signal } = over;
    const refresh = () => {
      if (!document.hidden) made.refresh();
    };
    addEventListener('online', refresh, { signal });
    document.addEventListener('visibilitychange', refresh, { signal });
    // Another tab, or the page itself after a reload, need not wait until this one is missed.
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
