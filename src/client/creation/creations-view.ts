import type { Readable } from '../replica/sandbox-client.ts';
import type { Reason } from '../transport/command-request.ts';
import type { CreateSandboxInput } from './create-input.ts';

/** How a creation ended. `unknown`: the request was sent, and the sandbox may exist. `dropped`: the server never accepted it. */
export interface CreateSettlement {
  readonly outcome: 'applied' | 'refused' | 'dropped' | 'unknown';
  /** The server's id of the sandbox; null if it was not created or is not known. */
  readonly id: string | null;
  /** The reason of a failure: a code for programs and one sentence for users. */
  readonly reason: Reason | null;
}

/** A creation that has begun. */
export interface CreateHandle {
  /** The id of the entry in the list until the server confirms the sandbox; `list.sandbox(id)` accepts it from then on too. */
  readonly id: string;
  /** The result. Never rejects; resolves within `times.deadlineMs`. After `applied`, the list knows the sandbox if it is connected. */
  readonly settled: Promise<CreateSettlement>;
}

/** A creation that failed. It is kept until it is dismissed. */
export interface CreateRollback {
  /** The id of the creation. */
  readonly id: string;
  readonly input: CreateSandboxInput;
  readonly outcome: Exclude<CreateSettlement['outcome'], 'applied'>;
  readonly reason: Reason;
  /** The time of the rollback, in epoch ms of this machine's clock. */
  readonly at: number;
}

/** The creations of a page. */
export interface CreationsView {
  /** The ids of the creations that the server has not confirmed, in order. */
  readonly pending: readonly string[];
  /** The creations that failed, oldest first, until they are dismissed. */
  readonly rollbacks: readonly CreateRollback[];
}

/** Creates sandboxes and shows them in a list at once. */
export interface SandboxCreator extends Readable<CreationsView> {
  /** Creates a sandbox. The list shows it at once as `pending`, with `confirmed: null`. Never throws. */
  create(input?: CreateSandboxInput): CreateHandle;
  /** A key for rows of the list, which stays the same when the server's id replaces the provisional one. */
  keyOf(id: string): string;
  /** Dismisses one rollback, or all. */
  dismiss(id?: string): void;
}
