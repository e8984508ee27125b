import type { Command } from '../../model/events.ts';
import type { Reason, SendRequest } from '../transport/command-request.ts';

/**
 * Where a command stands: `queued` until it is sent, `sent` while an answer is awaited, `unknown` when none came,
 * `acknowledged` when the server took it and the truth that includes it is still to come.
 */
export type CommandState = 'queued' | 'sent' | 'unknown' | 'acknowledged';

/** A command that is not yet part of the truth. The shown sandbox is the truth with these replayed, in order. */
export interface PendingCommand extends SendRequest {
  readonly state: CommandState;
  /** The tab that sends it. */
  readonly owner: string;
  /** How often it was sent. */
  readonly tries: number;
  /** When it is given up, in epoch ms of this machine's clock. */
  readonly deadline: number;
  /** The version after it, once the server has told. */
  readonly version?: number | undefined;
  /** True when the server said that there was nothing to do. */
  readonly isUnchanged?: boolean | undefined;
  /** When the answer came, or failed to come, by the client's count of what happens to it. */
  readonly answered: number;
  /** Not to be sent again before this instant, in epoch ms. */
  readonly notBefore: number;
}

/**
 * How a command ended. `applied`: it happened. `unchanged`: what it asked for holds, and it is not known to have changed
 * anything. `refused`: the server or the machine said no. `dropped`: it was never sent. `unknown`: it was sent, and
 * nobody can tell what became of it.
 */
export type SettledOutcome = 'applied' | 'unchanged' | 'refused' | 'dropped' | 'unknown';

/** How a command ended, and why, when it did not go well. */
export interface Settlement {
  readonly outcome: SettledOutcome;
  readonly reason: Reason | null;
}

/** A command that was taken back. It is kept until it is dismissed. */
export interface Rollback {
  /** The command's id. */
  readonly id: string;
  readonly sandboxId: string;
  readonly command: Command;
  readonly outcome: Exclude<SettledOutcome, 'applied' | 'unchanged'>;
  readonly reason: Reason;
  /** When, in epoch ms of this machine's clock. */
  readonly at: number;
  /** The status with this command and without it, on what is known by then. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Where a command stands in line: by when it was asked for, so that all tabs have the same order. */
export function inOrder(a: PendingCommand, b: PendingCommand): number {
  return a.command.at - b.command.at || (a.id < b.id ? -1 : 1);
}
