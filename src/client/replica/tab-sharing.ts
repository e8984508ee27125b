import type { ClientContext } from './client-context.ts';
import type { PendingCommand, Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

/** One tab's share of the work: every tab shows a command, and exactly one sends it. */
export interface Cooperation {
  /** Takes up the commands that an earlier page left in the storage. */
  restore(): void;
  /** Sends the state of a command of this tab to the others. */
  share(entry: PendingCommand, settlement?: Settlement): void;
  /** Leaves the commands of this tab to the others. */
  leave(): void;
}

/** The tabs of a browser that share commands under one account. */
export interface TabSharing {
  /** Joins the tabs that show the store's sandbox, whose state is known. Calls `onWork` when this tab may have something to do. */
  join(context: ClientContext, store: ReplicaStore, onWork: (adopted?: PendingCommand) => void): Cooperation;
  /**
   * Removes everything that this browser keeps for the account, and rolls back its pending commands in every tab, so that none of
   * them is sent later. Call it before the user logs out.
   */
  forget(): void;
}
