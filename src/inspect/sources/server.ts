import { stateOf } from '../../machine/table.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { InspectorMessage } from '../protocol/messages.ts';
import { followStream } from './follow-stream.ts';

/** What a running server is asked, and who is told. */
export interface ServerOptions {
  /** The address of its API. */
  readonly api: string;
  readonly token: string | undefined;
  /** The id of the sandbox whose history is told before the others'. */
  readonly first?: string;
  readonly tell: (message: InspectorMessage) => void;
  readonly state: (state: 'open' | 'lost' | number) => void;
}

/** An applied event, as the API tells it. */
interface Change {
  readonly event: { readonly type: string };
  readonly at: number;
  readonly lifecycle: Sandbox;
}

/** An event that was refused or left the sandbox as it was, as the API tells it. */
interface Unapplied {
  readonly sandbox_id: string;
  readonly version: number;
  readonly event: { readonly type: string };
  readonly at: number;
  readonly code: string;
  readonly reason: string;
}

interface HistoryPart {
  readonly history: readonly Change[];
  readonly next_after: number | null;
}

/**
 * Shows the sandboxes of a running server: all that ever happened, in the order that it did, in one stream that goes on with
 * what happens. Each version is told once.
 */
export function followServer({ api, token, first, tell, state }: ServerOptions): () => void {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const versions = new Map<string, number>();

  const step = (change: Change) => {
    const { id, version } = change.lifecycle;
    const known = versions.get(id) ?? 0;
    if (known >= version) return;
    versions.set(id, version);
    for (const message of messagesOf(change, known === 0)) tell(message);
  };

  /** Both it and the stream have no gap, so what one has told the other can leave out. */
  const readHistory = async (id: string) => {
    for (let after: number | null = 0; after !== null; ) {
      const path = `sandboxes/${encodeURIComponent(id)}/history?after=${after}&limit=1000`;
      const response: Response = await fetch(api + path, { headers });
      if (!response.ok) return;
      const part = (await response.json()) as HistoryPart;
      part.history.forEach(step);
      after = part.next_after;
    }
  };

  let isOver = false;
  let stop = () => {};
  const begin = () => {
    if (isOver) return;
    stop = followStream(`${api}sandboxes/events?unapplied=true&last_event_id=0`, {
      headers,
      onState: state,
      onEvent(name, data) {
        const news = JSON.parse(data);
        if (name === 'change') step(news);
        if (name === 'refused') tell(unappliedOf('refused', news));
        if (name === 'unchanged') tell(unappliedOf('stale', news));
        // It has begun anew, because it does not know the place any more: so does this.
        if (name === 'ready') {
          stop();
          versions.clear();
          begin();
        }
      },
    });
  };

  // What cannot be read now comes with the stream.
  if (first)
    void readHistory(first)
      .catch(() => undefined)
      .then(begin);
  else begin();
  return () => {
    isOver = true;
    stop();
  };
}

/** A change as an inspector tells it; the first of a sandbox tells that it is there. */
function messagesOf({ event, at, lifecycle }: Change, isFirst: boolean): InspectorMessage[] {
  const { id, version, status, ...data } = lifecycle;
  const [parent = '', child] = stateOf(lifecycle).split('.');
  const snapshot = {
    status: status === 'terminated' ? 'done' : 'active',
    value: child === undefined ? parent : { [parent]: child },
    context: { id, version, ...data },
  } as const;
  const base = {
    sessionId: id,
    rootId: id,
    id: String(version),
    createdAt: String(at),
    _version: 'server',
  };
  if (isFirst) return [{ type: '@xstate.actor', name: id, snapshot, ...base }];
  return [
    { type: '@xstate.event', event, ...base },
    { type: '@xstate.snapshot', event, snapshot, ...base },
  ];
}

/** What was not applied, as an inspector tells it. */
function unappliedOf(kind: 'refused' | 'stale', told: Unapplied): InspectorMessage {
  const { sandbox_id: id, version, event, at, code, reason } = told;
  const about = { sessionId: id, sandboxId: id, id: String(version), event: event.type, at };
  return { type: `@sandbox-lifecycle.${kind}`, reason: { code, message: reason }, ...about };
}
