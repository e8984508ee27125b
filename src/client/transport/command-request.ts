import type { RefusalCode } from '../../guards/guard.ts';
import type { Command } from '../../model/events.ts';

/** A command that is sent to the server. */
export interface SendRequest {
  /** The id of the sandbox. */
  readonly sandboxId: string;
  /** The command's id: the idempotency key of every try, and the cause that the server's history names. */
  readonly id: string;
  /** The event, at the estimated time (epoch ms of the server's clock) of the user's request. */
  readonly command: Command;
  /** The content of a requested snapshot. */
  readonly snapshotType?: SnapshotType | undefined;
  /** The server applies the command only to this version. */
  readonly ifVersion?: number | undefined;
}

/** The content of a snapshot. */
export type SnapshotType = 'memory' | 'filesystem';

/** The reason why a command is not allowed or failed: a code for programs and one sentence for users. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
}

/** A refusal of the machine, or a reason that only a client or a server can have. */
export type ReasonCode =
  | RefusalCode
  /** The state is not known yet. */
  | 'loading'
  /** A newer server sent a status that this client does not know. */
  | 'unknown_status'
  /** The sandbox no longer has the version that the command was meant for. */
  | 'moved_on'
  /** The server rejected it without a code. */
  | 'rejected'
  /** No reply came in time, or it was never sent. */
  | 'no_answer';

/** A server's reply to a command. */
export type ServerReply =
  /** Accepted. `version` is the version after it, if the server has versions. */
  | {
      readonly outcome: 'accepted';
      readonly version?: number | undefined;
      /** True if the server replied that there was nothing to do. */
      readonly isUnchanged?: boolean;
    }
  /** Not applied, and never will be. */
  | { readonly outcome: 'refused'; readonly reason: Reason }
  /** Not known: the server was not reached, or failed. */
  | { readonly outcome: 'unknown' };
