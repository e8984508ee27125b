import type { CommandName } from '../../model/events.ts';
import type { Reason } from '../transport/command-request.ts';
import type { CommandInput } from './command-input.ts';
import type { Settlement } from './pending-command.ts';
import type { SandboxView } from './view.ts';

/** A value that can be read and observed: the interface that view adapters need. */
export interface Readable<Snapshot> {
  /** The current value. Returns the identical object until something changes. */
  getSnapshot(): Snapshot;
  /** The value at the beginning, for a page that a server rendered. */
  getServerSnapshot(): Snapshot;
  /** Calls back after each change, until the returned function is called. The first subscription connects. */
  subscribe(listener: () => void): () => void;
}

/** A command that was sent. */
export interface CommandHandle {
  /** The command's id: the idempotency key of its requests, and the cause in the server's history. */
  readonly id: string;
  /** How it ended. Never rejects, and resolves within `times.deadlineMs`. */
  readonly settled: Promise<Settlement>;
}

/** Conditions of a command. */
export interface SendOptions {
  /** The server applies the command only to this version: the one that the user has seen. Needs a server with versions. */
  readonly ifVersion?: number | undefined;
}

/** One sandbox that a page shows and sends commands to. */
export interface SandboxClient extends Readable<SandboxView> {
  /** Sends a command and shows its predicted result at once. Throws only if the input is not a command. */
  send(command: CommandInput, options?: SendOptions): CommandHandle;
  /** Whether a command is allowed now: false exactly when `why` returns a reason. */
  can(command: CommandInput | CommandName): boolean;
  /** Returns the reason why a command is not allowed now, or undefined if it is allowed. */
  why(command: CommandInput | CommandName): Reason | undefined;
  /** Reads from the server now. Call it when the browser is online again, for example. */
  refresh(): void;
  /** Dismisses one rollback, or all. */
  dismiss(rollbackId?: string): void;
  /** Stops all timers and requests. Pending commands are left to other tabs, or to the next page with the same storage. */
  dispose(): void;
}
