import type { ClientContext } from './client-context.ts';
import type { PendingCommand, Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

/** One tab's share of the work: every tab shows a command, and exactly one sends it. */
export interface Cooperation {
  /** Sends the state of a command of this tab to the others. */
  share(entry: PendingCommand, settlement?: Settlement): void;
  /** Leaves the commands of this tab to the others. */
  leave(): void;
}

/** Joins the tabs that show one sandbox. Calls `onWork` when this tab may have something to do. */
export type TabSharing = (
  context: ClientContext,
  sandboxId: string,
  store: ReplicaStore,
  onWork: (adopted?: PendingCommand) => void,
) => Cooperation;
