import type { SandboxListClient } from '../sandbox-list-client.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import type { ClientContext } from './client-context.ts';
import type { ReplicaCollection } from './replica-collection.ts';
import type { SandboxClient } from './sandbox-client.ts';
import type { SandboxListStore } from './sandbox-list-store.ts';

/** The parts of a list client that the creation of sandboxes works on. */
export interface ListInternals {
  readonly context: ClientContext;
  readonly store: SandboxListStore;
  readonly replicas: ReplicaCollection;
  /** The clients of sandboxes that the server has not confirmed, by their provisional ids. */
  readonly provisional: Map<string, SandboxClient>;
  /** Called after each update was applied, before the listeners of the list are notified. */
  readonly updateListeners: Set<(update: ServerUpdate, requestedAt: number) => void>;
  /** Called when the list is disposed. */
  readonly disposeListeners: Set<() => void>;
  /** Starts the connection and keeps it. Returns a function that lets it go. */
  hold(): () => void;
}

const internals = new WeakMap<SandboxListClient, ListInternals>();

/** Registers the parts of a list client. */
export const setListInternals = (list: SandboxListClient, parts: ListInternals) => internals.set(list, parts);

/** Returns the parts of a list client. Throws if this copy of the package did not create it. */
export function listInternalsOf(list: SandboxListClient): ListInternals {
  const parts = internals.get(list);
  if (!parts)
    throw new TypeError('The list is not a result of createSandboxListClient of this copy of the package.');
  return parts;
}
