import type { Sandbox } from '../../model/sandbox.ts';

/** One step of a sandbox, as the server's history has it. */
export interface ServerChange {
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
  /** What went wrong, in the platform's own words, when that is what happened and the server tells it. */
  readonly detail?: string | undefined;
}

/** What a server told about one sandbox or many. */
export interface ServerUpdate {
  /** The newest record of each sandbox that it tells about. */
  readonly sandboxes: readonly Sandbox[];
  /** Steps with their causes, oldest first, as far as the server tells them. */
  readonly changes?: readonly ServerChange[];
  /** Where a stream may be taken up again, or nothing when it cannot. */
  readonly sequence?: number | undefined;
  /** The server's clock when it answered, in epoch ms, and how far off that can be. */
  readonly serverTime?: { readonly atMs: number; readonly precisionMs: number } | undefined;
  /** True when there is no other sandbox than these. */
  readonly isComplete?: boolean;
}

/** A read that brought nothing. */
export interface ReadFailure {
  /** One sentence for a person. */
  readonly problem: string;
  /** Whether a server answered at all. */
  readonly isReachable: boolean;
}
