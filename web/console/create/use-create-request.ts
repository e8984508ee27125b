import { useEffect, useRef, useState } from 'react';
import type { CreateBody } from '../../../src/schema/http/requests.ts';
import { newKey, type ServerProblem } from '../session/server.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { useNotify } from '../shared/notices.tsx';

/** A request for a sandbox, on its way or not. */
export interface CreateRequest {
  readonly isBusy: boolean;
  /** Why the last one did not work, until it is forgotten. */
  readonly problem: ServerProblem | null;
  readonly forgetProblem: () => void;
  readonly send: (wanted: CreateBody) => Promise<void>;
}

/**
 * Has the server make a sandbox, once, however often the same is sent. `onCreated` is told its id, unless the dialog was closed
 * meanwhile: who has gone on stays where they are.
 */
export function useCreateRequest(onCreated: (id: string) => void): CreateRequest {
  const { server } = useWorkspace();
  const notify = useNotify();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServerProblem | null>(null);
  // The same request has the same key.
  const keys = useRef(new Map<string, string>());
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  async function send(wanted: CreateBody): Promise<void> {
    if (isBusy) return;
    const text = JSON.stringify(wanted);
    const key = keys.current.get(text) ?? newKey();
    keys.current.set(text, key);
    setBusy(true);
    setProblem(null);
    try {
      const id = await server.create(wanted, key);
      if (isHere.current) onCreated(id);
    } catch (error) {
      const reason = error as ServerProblem;
      if (!isHere.current) notify(noticeOf(reason, key));
      // What the server refused may be right the next time, as when a name has become free.
      if (reason.status !== null) keys.current.delete(text);
      setProblem(reason);
    }
    setBusy(false);
  }

  return { isBusy, problem, forgetProblem: () => setProblem(null), send };
}

function noticeOf({ message }: ServerProblem, id: string) {
  const effect = 'The dialog was closed before the answer came.';
  return { id, kind: 'refused', title: 'The sandbox was not created', sentence: message, effect } as const;
}
