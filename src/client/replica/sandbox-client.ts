import type { CommandName } from '../../model/events.ts';
import type { Reason } from '../transport/command-request.ts';
import type { CommandInput } from './command-input.ts';
import type { Settlement } from './pending-command.ts';
import type { SandboxView } from './view.ts';

/** What can be read and listened to: all that a view needs. */
export interface Readable<Snapshot> {
  /** What is known now. The very same object until something changes. */
  getSnapshot(): Snapshot;
  /** What was known at the beginning, for a page that a server rendered. */
  getServerSnapshot(): Snapshot;
  /** Calls back after each change, until the function that it answers is called. The first one connects. */
  subscribe(listener: () => void): () => void;
}

/** How a command goes on after it was asked for. */
export interface CommandHandle {
  /** The command's id: the key under which the server does it once, and the cause in its history. */
  readonly id: string;
  /** How it ended. Never rejects, and resolves within `times.deadlineMs`. */
  readonly settled: Promise<Settlement>;
}

/** Conditions of a command. */
export interface SendOptions {
  /** Carry it out only if the sandbox is of this version still: what a person has looked at. Our server alone knows versions. */
  readonly ifVersion?: number | undefined;
}

/** One sandbox, as a page shows it and acts on it. */
export interface SandboxClient extends Readable<SandboxView> {
  /** Asks for a command and shows at once what it will come to. Throws only for what is no command. */
  send(command: CommandInput, options?: SendOptions): CommandHandle;
  /** Whether a command may be asked for now: false exactly when `why` has a reason. */
  can(command: CommandInput | CommandName): boolean;
  /** Why a command may not be asked for now, or undefined when it may. */
  why(command: CommandInput | CommandName): Reason | undefined;
  /** Asks the server now. To be called when the browser is online again, for example. */
  refresh(): void;
  /** Forgets one rollback, or all. */
  dismiss(rollbackId?: string): void;
  /** Lets go of everything. Commands under way are left to other tabs, or to the next page with the same storage. */
  dispose(): void;
}
