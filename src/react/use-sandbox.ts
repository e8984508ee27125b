import { useMemo, useSyncExternalStore } from 'react';
import type { Readable } from '../client/index.ts';

/** Returns the client's whole view. Renders again when it changes. */
export function useSandbox<View>(client: Readable<View>): View;
/**
 * Returns the selected part of a client's view. Renders again only when that part changes, so select an existing value
 * (`view.sandbox?.status`) and do not create a new one.
 *
 * @example
 * const status = useSandbox(client, ({ sandbox }) => sandbox?.status);
 */
export function useSandbox<View, Selected>(
  client: Readable<View>,
  selector: (view: View) => Selected,
): Selected;
export function useSandbox<View>(
  client: Readable<View>,
  selector: (view: View) => unknown = (view) => view,
): unknown {
  const [read, readOnServer] = useMemo(
    () => [memoized(selector, client.getSnapshot), memoized(selector, client.getServerSnapshot)],
    [client, selector],
  );
  return useSyncExternalStore(client.subscribe, read, readOnServer);
}

/** Selects once for each view: React reads several times and must receive the identical value. */
function memoized<View>(selector: (view: View) => unknown, read: () => View): () => unknown {
  let last: { readonly view: View; readonly selected: unknown } | undefined;
  return () => {
    const view = read();
    if (last?.view !== view) last = { view, selected: selector(view) };
    return last?.selected;
  };
}
