import type { Sandbox } from '../../machine/sandbox.ts';
import { stateOf } from '../../machine/table.ts';
import type { InspectorMessage } from '../messages.ts';
import { follow } from './stream.ts';

/** What a running server is asked, and who is told. */
export interface ServerOptions {
  /** The address of its API. */
  readonly api: string;
  readonly token: string | undefined;
  readonly tell: (message: InspectorMessage) => void;
  readonly state: (state: 'open' | 'lost' | number) => void;
}

interface Change {
  readonly event: { readonly type: string };
  readonly at: number;
  readonly lifecycle: Sandbox;
}

interface HistoryPart {
  readonly history: readonly Change[];
  readonly next_after: number | null;
}

interface ListPart {
  readonly sandboxes: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

/**
 * Shows the sandboxes of a running server. The stream comes first and the list after it, so that nothing between them
 * is left out; a sandbox's history is read when it is first heard of. Each version is told once, in order.
 */
export function followServer({ api, token, tell, state }: ServerOptions): () => void {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const versions = new Map<string, number>();
  /** What is waited for before anything else of a sandbox may be told. */
  const reading = new Map<string, Promise<void>>();

  const step = ({ event, at, lifecycle }: Change) => {
    const { id, version, status, ...data } = lifecycle;
    const known = versions.get(id);
    if (known !== undefined && known >= version) return;
    versions.set(id, version);
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
    if (known === undefined)
      tell({
        type: '@xstate.actor',
        name: id,
        definition: undefined,
        parentId: undefined,
        snapshot,
        ...base,
      });
    else {
      tell({ type: '@xstate.event', event, sourceId: undefined, ...base });
      tell({ type: '@xstate.snapshot', event, snapshot, ...base });
    }
  };

  const get = async <Part>(path: string): Promise<Part> => {
    const response = await fetch(api + path, { headers });
    if (!response.ok) throw new Error(`${response.status}`);
    return (await response.json()) as Part;
  };

  const readHistory = async (id: string) => {
    let after: number | null = versions.get(id) ?? 0;
    while (after !== null) {
      const page: HistoryPart = await get(
        `sandboxes/${encodeURIComponent(id)}/history?after=${after}&limit=1000`,
      );
      for (const change of page.history) step(change);
      after = page.next_after;
    }
  };

  const meet = (id: string): Promise<void> => {
    const known = reading.get(id);
    if (known !== undefined) return known;
    const met = readHistory(id).catch(() => undefined);
    reading.set(id, met);
    return met;
  };

  const readList = async () => {
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: ListPart = await get(
        `sandboxes?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      for (const { id } of page.sandboxes) await meet(id);
      cursor = page.next_cursor;
    }
  };

  return follow(`${api}sandboxes/events`, {
    headers,
    state,
    told(name, data) {
      if (name === 'ready') {
        reading.clear();
        void readList().catch(() => undefined);
      }
      if (name !== 'change') return;
      const change = JSON.parse(data) as Change;
      void meet(change.lifecycle.id).then(() => step(change));
    },
  });
}
