import type { Command } from '../../model/events.ts';
import type { Reason, SendRequest } from '../transport/command-request.ts';

/**
 * The state of a command: `queued` until the client sends it, `sent` while the client waits for the reply, `unknown` if no
 * reply arrived, `acknowledged` if the server has accepted it and the confirmed state does not include it yet.
 */
export type CommandState = 'queued' | 'sent' | 'unknown' | 'acknowledged';

/** A command that the confirmed state does not include yet. The view is the confirmed state with these replayed, in order. */
export interface PendingCommand extends SendRequest {
  readonly state: CommandState;
  /** The id of the tab that sends the command. */
  readonly owner: string;
  /** How often the command was sent. */
  readonly tries: number;
  /** When the client gives up, in epoch ms of this machine's clock. */
  readonly deadline: number;
  /** The version after the command, once the server has reported it. */
  readonly version?: number | undefined;
  /** True if the server replied that there was nothing to do. */
  readonly isUnchanged?: boolean | undefined;
  /** The tick at which the reply arrived or its time limit expired. */
  readonly answeredAt: number;
  /** The earliest instant of the next try, in epoch ms of this machine's clock. */
  readonly notBefore: number;
  /** The reply of the server to the last try that failed, as one sentence. */
  readonly problem?: string | undefined;
}

/**
 * How a command ended. `applied`: the server applied it. `unchanged`: its goal holds, and it is not known to have changed
 * anything. `refused`: the server or the machine rejected it. `dropped`: it was never sent. `unknown`: it was sent, and its
 * result is not known.
 */
export type SettledOutcome = 'applied' | 'unchanged' | 'refused' | 'dropped' | 'unknown';

/** How a command ended, with the reason when it failed. */
export interface Settlement {
  readonly outcome: SettledOutcome;
  readonly reason: Reason | null;
}

/** A command that was rolled back. The client keeps it until it is dismissed. */
export interface Rollback {
  /** The id of the command. */
  readonly id: string;
  readonly sandboxId: string;
  readonly command: Command;
  readonly outcome: Exclude<SettledOutcome, 'applied' | 'unchanged'>;
  readonly reason: Reason;
  /** The time of the rollback, in epoch ms of this machine's clock. */
  readonly at: number;
  /** The displayed status with this command, at that time. */
  readonly from: string | null;
  /** The displayed status without this command. */
  readonly to: string | null;
}

/** The sentence when a command was sent and its result is not known. */
export const unansweredSentence = ({ problem = 'The server did not respond in time.' }: PendingCommand) =>
  `${problem} The command may have been applied.`;

/** The sentence when the time of a command is over. */
export const lateSentence = (entry: PendingCommand) =>
  entry.tries > 0 ? unansweredSentence(entry) : 'Never sent: its time was over.';

/** Whether a command ends the sandbox. */
export const isTerminate = ({ command }: PendingCommand) => command.type === 'terminate';

/** The order of pending commands: by the time of the user's request, so that all tabs have the same order. */
export function inOrder(a: PendingCommand, b: PendingCommand): number {
  return a.command.at - b.command.at || (a.id < b.id ? -1 : 1);
}
