import { useEffect, useRef, useState } from 'react';
import type { CreateBody } from '../../../src/schema/http/requests.ts';
import { newKey, type ServerProblem } from '../session/server.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { useNotify } from '../shared/notices.tsx';

/** The state of a create request. */
export interface CreateRequest {
  readonly isBusy: boolean;
  /** The error of the last request, until it is cleared. */
  readonly problem: ServerProblem | null;
  readonly clearProblem: () => void;
  readonly send: (body: CreateBody) => Promise<void>;
}

/**
 * Creates sandboxes on the server. Repeating the same request creates one sandbox. Calls `onCreated` with the id, unless the
 * dialog has been closed in the meantime.
 */
export function useCreateRequest(onCreated: (id: string) => void): CreateRequest {
  const { server } = useWorkspace();
  const notify = useNotify();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServerProblem | null>(null);
  // The same request has the same idempotency key.
  const keys = useRef(new Map<string, string>());
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  async function send(body: CreateBody): Promise<void> {
    if (isBusy) return;
    const text = JSON.stringify(body);
    const key = keys.current.get(text) ?? newKey();
    keys.current.set(text, key);
    setBusy(true);
    setProblem(null);
    try {
      const id = await server.create(body, key);
      if (isMounted.current) onCreated(id);
    } catch (error) {
      const failure = error as ServerProblem;
      if (!isMounted.current) notify(noticeOf(failure, key));
      // After a rejection the next attempt is a new request: it may succeed, for example when the name is free by then.
      if (failure.status !== null) keys.current.delete(text);
      setProblem(failure);
    }
    setBusy(false);
  }

  return { isBusy, problem, clearProblem: () => setProblem(null), send };
}

function noticeOf({ message }: ServerProblem, id: string) {
  const effect = 'You closed the dialog before the server responded.';
  return { id, kind: 'refused', title: 'The sandbox was not created', sentence: message, effect } as const;
}
