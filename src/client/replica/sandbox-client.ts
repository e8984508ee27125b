import type { CommandName } from '../../model/events.ts';
import type { Reason } from '../transport/command-request.ts';
import type { CommandInput } from './command-input.ts';
import type { Settlement } from './pending-command.ts';
import type { SandboxView } from './view.ts';

/** A value that can be read and observed: the interface that view adapters need. */
export interface Readable<Snapshot> {
  /** The current value. Returns the identical object until something changes. */
  getSnapshot(): Snapshot;
  /** The initial value, for a page that a server rendered. */
  getServerSnapshot(): Snapshot;
  /**
   * Calls `listener` after each change. Returns a function that ends the subscription. The first subscription connects. When the
   * last one has ended for `times.releaseMs` and no command is pending, the client releases its connection until it is used again.
   */
  subscribe(listener: () => void): () => void;
}

/** A command that `send` has accepted. */
export interface CommandHandle {
  /** The command's id: the idempotency key of its requests, and the cause in the server's history. */
  readonly id: string;
  /** The result of the command. Never rejects; resolves within `times.deadlineMs`. */
  readonly settled: Promise<Settlement>;
}

/** Conditions of a command. */
export interface SendOptions {
  /** The version that the user has seen: the server applies the command only to it. Requires a server with versions. */
  readonly ifVersion?: number | undefined;
}

/** One sandbox that a page shows and sends commands to. */
export interface SandboxClient extends Readable<SandboxView> {
  /**
   * Resolves when the first state has arrived; at once if it is known. The first access connects if necessary. Rejects with
   * the problem of the connection when no state arrives within `times.deadlineMs`, and when the client is disposed.
   */
  readonly ready: Promise<void>;
  /**
   * Sends a command and shows its predicted result at once. A command that is pending already is not sent again: the same result
   * is returned, unless another command that affects it was sent in between. Throws only if the input is not a command.
   */
  send(command: CommandInput, options?: SendOptions): CommandHandle;
  /** Returns whether a command is allowed now: false exactly when `why` returns a reason. */
  can(command: CommandInput | CommandName): boolean;
  /** Returns the reason why a command is not allowed now, or undefined if it is allowed. */
  why(command: CommandInput | CommandName): Reason | undefined;
  /** Reads from the server now. Call it, for example, when the browser is online again. */
  refresh(): void;
  /** Dismisses one rollback, or all. */
  dismiss(rollbackId?: string): void;
  /**
   * Stops all timers and requests now. Leaves pending commands to other tabs, or to the next page with the same storage. The next
   * `subscribe`, `send` or `refresh` starts the client again, so a component may dispose a client that it mounts again.
   */
  dispose(): void;
}
