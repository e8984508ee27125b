import { stateOf } from '../../machine/table.ts';
import type { ChangeInfo, HistoryPage, StreamEvents, UnappliedInfo } from '../../schema/http/responses.ts';
import type { InspectorMessage } from '../protocol/messages.ts';
import { type ConnectionState, followStream } from './follow-stream.ts';

/** Settings of {@link followServer}. */
export interface ServerOptions {
  /** The address of the API, with a slash at its end. */
  readonly api: string;
  readonly token: string | undefined;
  /** The id of the sandbox whose history is read first. */
  readonly first?: string;
  readonly onMessage: (message: InspectorMessage) => void;
  readonly onState: (state: ConnectionState) => void;
}

/**
 * Follows the sandboxes of a running server: all changes since their creation, in order, in one stream that continues
 * with new changes. Reports each version once. Returns a function that stops it.
 */
export function followServer({ api, token, first, onMessage, onState }: ServerOptions): () => void {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const versions = new Map<string, number>();
  let isStopped = false;
  let stop = () => {};

  const apply = (change: ChangeInfo) => {
    const { id, version } = change.lifecycle;
    const known = versions.get(id) ?? 0;
    if (known >= version) return;
    versions.set(id, version);
    messagesOf(change, known === 0).forEach(onMessage);
  };

  /** Neither the history nor the stream has a gap, so each may skip versions that the other has reported. */
  const readHistory = async (id: string) => {
    for (let after: number | null = 0; after !== null; ) {
      const path = `sandboxes/${encodeURIComponent(id)}/history?after=${after}&limit=1000`;
      const response: Response = await fetch(api + path, { headers });
      if (!response.ok) return;
      const part = (await response.json()) as HistoryPage;
      part.history.forEach(apply);
      after = part.next_after;
    }
  };

  const connect = () => {
    if (isStopped) return;
    stop = followStream(`${api}sandboxes/events?unapplied=true&last_event_id=0`, {
      headers,
      onState,
      onEvent(type, data) {
        const content: StreamEvents[keyof StreamEvents] = JSON.parse(data);
        if (type === 'change') apply(content as ChangeInfo);
        if (type === 'refused') onMessage(unappliedOf('refused', content as UnappliedInfo));
        if (type === 'unchanged') onMessage(unappliedOf('stale', content as UnappliedInfo));
        // The server no longer knows this position and starts from the beginning, and so does this function.
        if (type === 'ready') {
          stop();
          versions.clear();
          connect();
        }
      },
    });
  };

  // The stream has the versions that are missing in the history.
  if (first)
    void readHistory(first)
      .catch(() => undefined)
      .then(connect);
  else connect();
  return () => {
    isStopped = true;
    stop();
  };
}

/** Writes a change as messages of an inspector. The first change of a sandbox announces its actor. */
function messagesOf({ event, at, lifecycle }: ChangeInfo, isFirst: boolean): InspectorMessage[] {
  const { status, ...context } = lifecycle;
  const { id, version } = context;
  const [parent = '', child] = stateOf(lifecycle).split('.');
  const snapshot = {
    status: status === 'terminated' ? 'done' : 'active',
    value: child === undefined ? parent : { [parent]: child },
    context,
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

/** Writes an event that was not applied as a message of an inspector. */
function unappliedOf(kind: 'refused' | 'stale', unapplied: UnappliedInfo): InspectorMessage {
  const { sandbox_id: id, version, event, at, code, reason } = unapplied;
  const about = { sessionId: id, sandboxId: id, id: String(version), event: event.type, at };
  return { type: `@sandbox-lifecycle.${kind}`, reason: { code, message: reason }, ...about };
}
