import { useMemo, useSyncExternalStore } from 'react';
import type { Readable } from '../client/index.ts';

/** What a client knows: the whole snapshot. Renders again when it changes. */
export function useSandbox<Snapshot>(client: Readable<Snapshot>): Snapshot;
/**
 * The part of a snapshot that a component shows. Renders again only when that part changes, so select what the snapshot
 * has (`snapshot.sandbox?.status`) rather than something newly made.
 *
 * @example
 * const status = useSandbox(client, ({ sandbox }) => sandbox?.status);
 */
export function useSandbox<Snapshot, Selected>(
  client: Readable<Snapshot>,
  selector: (snapshot: Snapshot) => Selected,
): Selected;
export function useSandbox<Snapshot>(
  client: Readable<Snapshot>,
  selector: (snapshot: Snapshot) => unknown = (snapshot) => snapshot,
): unknown {
  const [read, readOnServer] = useMemo(
    () => [once(selector, client.getSnapshot), once(selector, client.getServerSnapshot)],
    [client, selector],
  );
  return useSyncExternalStore(client.subscribe, read, readOnServer);
}

/** Selects once for each snapshot: React asks several times, and must be answered the very same. */
function once<Snapshot>(selector: (snapshot: Snapshot) => unknown, read: () => Snapshot): () => unknown {
  let last: { readonly snapshot: Snapshot; readonly selected: unknown } | undefined;
  return () => {
    const snapshot = read();
    if (last?.snapshot !== snapshot) last = { snapshot, selected: selector(snapshot) };
    return last?.selected;
  };
}
