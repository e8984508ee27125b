import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerChange } from '../transport/server-update.ts';
import type { ConnectionState } from '../transport/transport.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';

/** The newest that a server told of a sandbox, and when it came, by the client's count of what happens to it. */
export interface Confirmed {
  readonly sandbox: Sandbox;
  readonly receivedAt: number;
}

/** All that a client knows of a sandbox. What is shown is computed from it and never kept. */
export interface State {
  readonly confirmed: Confirmed | null;
  readonly pending: readonly PendingCommand[];
  readonly rollbacks: readonly Rollback[];
  readonly timeline: readonly TimelineEntry[];
  readonly connection: ConnectionState;
  readonly problem: string | null;
}

/** One step of a sandbox, as a person reads it. */
export interface TimelineEntry extends ServerChange {
  /** Whether it was a command of this client, in any of its tabs. */
  readonly isMine: boolean;
}

/** What was told of one sandbox. `requestedAt` is when it was asked for, by the same count; 0 for what came unasked. */
export interface SandboxUpdate {
  readonly sandbox: Sandbox;
  readonly changes: readonly ServerChange[];
  readonly requestedAt: number;
}
