import type { SandboxListClient, SandboxView } from '../client/index.ts';
import { useSandbox } from './use-sandbox.ts';

/** Returns the view of one sandbox of a list. Renders again only when that view changes. */
export function useSandboxRow(list: SandboxListClient, id: string): SandboxView;
/**
 * Returns the selected part of the view of one sandbox of a list, as `useSandbox` does for a client. Renders again only when that
 * part changes, so that a change of one sandbox renders one row.
 *
 * @example
 * const status = useSandboxRow(list, id, (view) => view.displayStatus);
 */
export function useSandboxRow<Selected>(
  list: SandboxListClient,
  id: string,
  selector: (view: SandboxView) => Selected,
  isEqual?: (previous: Selected, next: Selected) => boolean,
): Selected;
export function useSandboxRow(
  list: SandboxListClient,
  id: string,
  selector: (view: SandboxView) => unknown = (view) => view,
  isEqual?: (previous: unknown, next: unknown) => boolean,
): unknown {
  return useSandbox(list.sandbox(id), selector, isEqual);
}
