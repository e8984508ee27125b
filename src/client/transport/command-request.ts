import type { RefusalCode } from '../../guards/guard.ts';
import type { Command } from '../../model/events.ts';

/** A command on its way. */
export interface SendRequest {
  /** The id of the sandbox. */
  readonly sandboxId: string;
  /** The command's id: the idempotency key of every try, and the cause that the server's history names. */
  readonly id: string;
  /** The event that it is, at the time (epoch ms of the server's clock, estimated) when a person asked for it. */
  readonly command: Command;
  /** What a snapshot is to hold. */
  readonly snapshotType?: SnapshotType | undefined;
  /** The version that the command is meant for; on any other it must not be carried out. */
  readonly ifVersion?: number | undefined;
}

/** What a snapshot holds. */
export type SnapshotType = 'memory' | 'filesystem';

/** Why a command may not happen or did not, for a program and, in one sentence, for a person. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
}

/** A refusal of the machine, or one that only a client or a server can have. */
export type ReasonCode =
  | RefusalCode
  /** The state is not known yet. */
  | 'loading'
  /** A newer server named a status that this client does not know. */
  | 'unknown_status'
  /** It was meant for a version that has passed. */
  | 'moved_on'
  /** The server refused it without a code. */
  | 'rejected'
  /** No answer came in time, or it was never sent. */
  | 'no_answer';

/** How a server answered a command. */
export type ServerReply =
  /** It was taken. `version` is the one after it, if the server has versions. */
  | {
      readonly outcome: 'accepted';
      readonly version?: number | undefined;
      /** True when the server said that there was nothing to do. */
      readonly isUnchanged?: boolean;
    }
  /** It was not, and will not be. */
  | { readonly outcome: 'refused'; readonly reason: Reason }
  /** Whether it was is not known: the server was not reached, or broke. */
  | { readonly outcome: 'unknown' };
