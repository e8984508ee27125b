import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import {
  createSandboxCreator,
  createSnapshotListClient,
  type SandboxClient,
  type SandboxCreator,
  type SandboxListClient,
  type SnapshotListClient,
} from '../../../src/client/index.ts';
import { useSandboxClient, useSandboxListClient } from '../../../src/react/index.ts';
import type { Session } from './session.ts';
import { token } from './token.ts';

/** The session, and the clients of the list, of creations and of the snapshots, for all parts of the page. */
export interface Workspace extends Session {
  readonly list: SandboxListClient;
  readonly creator: SandboxCreator;
  readonly snapshots: SnapshotListClient;
  /** Why the user can change nothing; null for a user who can. */
  readonly readOnly: string | null;
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
  const { transport, tabs } = session;
  const list = useSandboxListClient({ transport, tabs });
  const readOnly = useReadOnly(session);
  const clients = useMemo(
    () => ({
      list,
      creator: createSandboxCreator({ list }),
      snapshots: createSnapshotListClient({ transport, list }),
    }),
    [transport, list],
  );
  const workspace = useMemo(() => ({ ...session, ...clients, readOnly }), [session, clients, readOnly]);
  return <WorkspaceContext value={workspace}>{children}</WorkspaceContext>;
}

/** Why the user can change nothing, once the server has described the token; null until then, and without a token. */
function useReadOnly({ server }: Session): string | null {
  const [canWrite, setCanWrite] = useState(true);
  useEffect(() => {
    let isCurrent = true;
    // Without an answer the buttons stay as they are: the server refuses what is not allowed.
    if (token.read() !== null)
      server.canWrite().then(
        (answer) => isCurrent && setCanWrite(answer),
        () => {},
      );
    return () => {
      isCurrent = false;
    };
  }, [server]);
  return canWrite ? null : 'Your token can only read.';
}

/** The client of one sandbox, while its page is shown. It begins with the record that the list has. */
export function useClientOf(id: string): SandboxClient {
  const { list, transport, tabs } = useWorkspace();
  const known = list.getSnapshot().sandboxes.find((view) => view.id === id)?.confirmed;
  return useSandboxClient({ id, transport, tabs, initial: known ?? undefined });
}
