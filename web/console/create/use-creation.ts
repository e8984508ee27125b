import { useEffect, useRef, useState } from 'react';
import type { CreateSandboxInput, CreateSettlement } from '../../../src/client/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { useNotify } from '../shared/notices.tsx';

/** The creation of the form. */
export interface Creation {
  readonly isBusy: boolean;
  /** The sentence why the last creation failed, until it is cleared. */
  readonly problem: string | null;
  readonly clearProblem: () => void;
  readonly create: (input: CreateSandboxInput) => Promise<void>;
}

/**
 * Creates sandboxes, which the list shows at once. Calls `onCreated` with the id of the server, unless the dialog has been
 * closed in the meantime. After that, a failure is a notice.
 */
export function useCreation(onCreated: (id: string) => void): Creation {
  const { creator } = useWorkspace();
  const notify = useNotify();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  async function create(input: CreateSandboxInput): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    const { id, settled } = creator.create(input);
    const settlement = await settled;
    // The form or the notice has the reason from now on.
    creator.dismiss(id);
    setBusy(false);
    if (settlement.outcome !== 'applied') {
      if (!isMounted.current) notify(noticeOf(id, settlement));
      setProblem(settlement.reason?.message ?? null);
    } else if (isMounted.current) onCreated(settlement.id ?? id);
  }

  return { isBusy, problem, clearProblem: () => setProblem(null), create };
}

function noticeOf(id: string, { outcome, reason }: CreateSettlement) {
  const kind = outcome === 'unknown' ? 'unknown' : 'refused';
  const title = outcome === 'unknown' ? 'The server did not confirm the sandbox' : notCreated;
  const effect = 'You closed the dialog before the server responded.';
  return { id, kind, title, message: reason?.message ?? '', effect } as const;
}

/** The title of a failed creation. */
export const notCreated = 'The sandbox was not created';
