import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerChange } from '../transport/server-update.ts';
import type { ConnectionState } from '../transport/transport.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';

/** The newest state that the server sent of a sandbox, and the tick at which it was received. */
export interface Confirmed {
  readonly sandbox: Sandbox;
  readonly receivedAt: number;
}

/** Everything that a client knows about a sandbox. The view is computed from this state and never stored. */
export interface State {
  readonly confirmed: Confirmed | null;
  readonly pending: readonly PendingCommand[];
  readonly rollbacks: readonly Rollback[];
  readonly timeline: readonly TimelineEntry[];
  readonly connection: ConnectionState;
  readonly problem: string | null;
}

/** One step of a sandbox, for display. */
export interface TimelineEntry extends ServerChange {
  /** Whether a command of this client caused it, in any of its tabs. */
  readonly isMine: boolean;
}

/** A server's update of one sandbox. `requestedAt` is the tick of the request; 0 for a message of the stream. */
export interface SandboxUpdate {
  readonly sandbox: Sandbox;
  readonly changes: readonly ServerChange[];
  readonly requestedAt: number;
}

/** The initial list of every kind: the same for all sandboxes. */
const none: readonly never[] = /* @__PURE__ */ Object.freeze([]);

/** Returns the state before the first update. `initial` is a record that is known already. */
export function initialState(initial: Sandbox | undefined): State {
  return {
    confirmed: initial ? { sandbox: initial, receivedAt: 0 } : null,
    pending: none,
    rollbacks: none,
    timeline: none,
    connection: 'stale',
    problem: null,
  };
}
