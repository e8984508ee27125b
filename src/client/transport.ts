import type { Command, RefusalCode } from '../index.ts';
import type { Sandbox } from '../machine/sandbox.ts';

/** One step of a sandbox, as the server's history has it. */
export interface Change {
  /** The record after the step. */
  readonly sandbox: Sandbox;
  /** When the server applied it, in epoch ms of its clock; where it does not tell, when it was noticed. */
  readonly at: number;
  /** The status before, or null for the creation. */
  readonly from: string | null;
  /** What happened: the type of an event, or `created`; null where the server does not tell. */
  readonly event: string | null;
  /** Who asked for it, or null when nobody did or the server does not tell. */
  readonly actor: string | null;
  /** The request that asked for it: the id of a client's command, when it was one. */
  readonly cause: string | null;
}

/** What a server told about one sandbox or many. */
export interface Reading {
  /** The newest record of each sandbox that it tells about. */
  readonly sandboxes: readonly Sandbox[];
  /** Steps with their causes, oldest first, as far as the server tells them. */
  readonly changes?: readonly Change[];
  /** Where a stream may be taken up again, or nothing when it cannot. */
  readonly sequence?: number | undefined;
  /** The server's clock when it answered, in epoch ms, and how far off that can be. */
  readonly serverTime?: { readonly atMs: number; readonly precisionMs: number } | undefined;
  /** True when there is no other sandbox than these. */
  readonly isComplete?: boolean;
}

/** A read that brought nothing. */
export interface Failure {
  /** One sentence for a person. */
  readonly problem: string;
  /** Whether a server answered at all. */
  readonly isReachable: boolean;
}

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
export type Answer =
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

/** What a transport tells while it follows. It must not call back before `follow` has answered. */
export interface Listener {
  /** From here on nothing is left out. It may come again, when the server could not take up where it was. */
  open(): void;
  /** Something happened. */
  told(reading: Reading): void;
  /** The stream is still there. */
  alive(): void;
  /** The stream is over, and nothing follows. */
  closed(problem: string): void;
}

/** The way to a server. It may reject; that counts as not reached. */
export interface Transport {
  /**
   * Whether records carry the server's own versions. Without, truth is ordered by cause: a read counts only if it began
   * after the last truth came.
   */
  readonly isVersioned: boolean;
  /** Reads one sandbox, or all when no id is given. `after` is the version that is known already. */
  read(
    sandboxId: string | undefined,
    after: number | undefined,
    signal: AbortSignal,
  ): PromiseLike<Reading | Failure>;
  /** Sends a command, once. */
  send(request: SendRequest, signal: AbortSignal): PromiseLike<Answer>;
  /** Follows one sandbox, or all, from a sequence on; answers how to stop. Left out when there is no stream. */
  follow?(sandboxId: string | undefined, after: number | undefined, listener: Listener): () => void;
}
