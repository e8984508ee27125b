import type { RefusalCode } from '../../guards/guard.ts';
import type { Command } from '../../model/events.ts';
import type { UpdateBody } from '../../schema/http/requests.ts';
import type { ServerTime } from './server-update.ts';

/** A command for the server. */
export interface SendRequest {
  /** The id of the sandbox. */
  readonly sandboxId: string;
  /** The command's id: the idempotency key of every try, and the cause in the server's history. */
  readonly id: string;
  /** The event, at the estimated time (epoch ms of the server's clock) of the user's request. */
  readonly command: Command;
  /** The content of a requested snapshot. */
  readonly snapshotType?: SnapshotType | undefined;
  /** The new configuration of `configure`. */
  readonly configuration?: ConfigurationChanges | undefined;
  /** The only version to which the server applies the command. */
  readonly ifVersion?: number | undefined;
}

/** The content of a snapshot. */
export type SnapshotType = 'memory' | 'filesystem';

/** The configuration of a sandbox that a client can change, with the names of the HTTP API. Omitted parts stay. */
export type ConfigurationChanges = Pick<
  UpdateBody,
  'allow_unauthenticated_access' | 'exposed_ports' | 'network'
>;

/** The reason why a command is not allowed or failed: a code for programs and one sentence for users. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
}

/** A refusal of the machine, or a reason that only a client or a server can have. */
export type ReasonCode =
  | RefusalCode
  /** The state has not arrived yet. */
  | 'loading'
  /** A newer server sent a status that this client does not know. */
  | 'unknown_status'
  /** The sandbox no longer has the version that the command was meant for. */
  | 'moved_on'
  /** The server rejected the command without a code. */
  | 'rejected'
  /** No reply arrived in time, or the command was never sent. */
  | 'no_answer';

/** A server's reply to a command, and the server's clock when it replied, if the reply has it. */
export type ServerReply = CommandResult & { readonly serverTime?: ServerTime | undefined };

/** The result of a command. */
type CommandResult =
  /** The server accepted the command. `version` is the version after the command, if the server has versions. */
  | {
      readonly outcome: 'accepted';
      readonly version?: number | undefined;
      /** True if the server replied that there was nothing to do. */
      readonly isUnchanged?: boolean;
    }
  /** The server did not apply the command and never will. */
  | { readonly outcome: 'refused'; readonly reason: Reason }
  /**
   * The result is not known: the server was not reached, or failed. `retryAfterMs`: how long it asked to be left alone, in ms.
   * `problem`: its sentence, if it sent one.
   */
  | {
      readonly outcome: 'unknown';
      readonly retryAfterMs?: number | undefined;
      readonly problem?: string | undefined;
    };
