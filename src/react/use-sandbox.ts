import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Readable } from '../client/index.ts';

/** Returns the client's whole view. Renders again when it changes. */
export function useSandbox<View>(client: Readable<View>): View;
/**
 * Returns the selected part of a client's view. Renders again only when that part changes: select an existing value
 * (`view.sandbox?.status`), or pass `isEqual` if the selector creates a new one. `isEqual` compares by identity unless given.
 *
 * @example
 * const status = useSandbox(client, ({ sandbox }) => sandbox?.status);
 * const ids = useSandbox(list, (view) => view.sandboxes.map(({ id }) => id), (a, b) => a.join() === b.join());
 */
export function useSandbox<View, Selected>(
  client: Readable<View>,
  selector: (view: View) => Selected,
  isEqual?: (previous: Selected, next: Selected) => boolean,
): Selected;
export function useSandbox<View>(
  client: Readable<View>,
  selector: (view: View) => unknown = (view) => view,
  isEqual: (previous: unknown, next: unknown) => boolean = Object.is,
): unknown {
  /** The value of the last render, which a new selector reuses: components write selectors inline. */
  const shown = useRef<{ readonly selected: unknown }>(undefined);
  const [read, readOnServer] = useMemo(
    () =>
      [client.getSnapshot, client.getServerSnapshot].map((readView) => {
        let last: { readonly view: View; readonly selected: unknown } | undefined;
        // Selects once for each view: React reads several times and must receive the identical value.
        return () => {
          const view = readView();
          if (last?.view !== view) {
            const selected = selector(view);
            const before = last ?? shown.current;
            last = {
              view,
              selected: before && isEqual(before.selected, selected) ? before.selected : selected,
            };
          }
          return last.selected;
        };
      }),
    [client, selector, isEqual],
  ) as [() => unknown, () => unknown];
  const selected = useSyncExternalStore(client.subscribe, read, readOnServer);
  useEffect(() => {
    shown.current = { selected };
  });
  return selected;
}
