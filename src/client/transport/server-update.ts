import type { Sandbox } from '../../model/sandbox.ts';

/** The number of steps that a client keeps of a sandbox's history, and reads of the steps before it connected. */
export const historyLimit = 100;

/** One step of a sandbox in the server's history. */
export interface ServerChange {
  /** The record after the step. */
  readonly sandbox: Sandbox;
  /** When the server applied the step, in epoch ms of its clock; without a history, when the client noticed the step. */
  readonly at: number;
  /** The status before, or null for the creation. */
  readonly from: string | null;
  /** The type of the event, or `created`; null if the server does not report it. */
  readonly event: string | null;
  /** The user or program that requested the step; null if the step has none or the server does not report it. */
  readonly actor: string | null;
  /** The id of the request that caused the step: the id of a client's command, if it was one. */
  readonly cause: string | null;
  /** The platform's own description of a failure, if it was one and the server reports it. */
  readonly detail?: string | undefined;
}

/** The server's clock when it wrote a message, in epoch ms, and its precision in ms. */
export interface ServerTime {
  readonly atMs: number;
  readonly precisionMs: number;
}

/** A server's report about one sandbox or many. */
export interface ServerUpdate {
  /** The newest record of each sandbox in the report. */
  readonly sandboxes: readonly Sandbox[];
  /** Steps with their causes, oldest first, as far as the server reports them. */
  readonly changes?: readonly ServerChange[];
  /** The position at which a stream can be resumed; undefined if it cannot. */
  readonly sequence?: number | undefined;
  /** The server's clock when it responded. */
  readonly serverTime?: ServerTime | undefined;
  /** True if `sandboxes` is the complete list. */
  readonly isComplete?: boolean;
  /** True if the list leaves out sandboxes that exist, so that a missing one may not have ended. */
  readonly leavesOut?: boolean | undefined;
}

/** A read that failed. */
export interface ReadFailure {
  /** The reason, as one sentence for the user. */
  readonly problem: string;
  /** Whether a server responded at all. */
  readonly isReachable: boolean;
  /** Whether the server would reply in the same way again: the sandbox does not exist, or access is denied. */
  readonly isPermanent?: boolean | undefined;
  /** How long the server asked to be left alone, in ms, if it did (`Retry-After`). */
  readonly retryAfterMs?: number | undefined;
}
