import type { Sandbox } from '../../model/sandbox.ts';
import type { CreateBody } from '../../schema/http/requests.ts';
import type { ViewSource } from '../replica/view-order.ts';
import type { CreateSandboxInput } from './create-input.ts';
import type { CreateRollback, CreateSettlement } from './creations-view.ts';
import type { ProvisionalClient } from './provisional-client.ts';

/** Why a creation failed. */
export type CreateFailure = Pick<CreateRollback, 'outcome' | 'reason'>;

/** A creation that begins. */
export interface NewCreation {
  readonly id: string;
  readonly input: CreateSandboxInput;
  /** The body of the request. */
  readonly body: CreateBody;
  /** The record that the list shows until the server confirms the sandbox. */
  readonly sandbox: Sandbox;
  readonly settle: (settlement: CreateSettlement) => void;
}

/** A creation whose sandbox the list does not know yet. */
export interface Creation extends Omit<NewCreation, 'body'>, ViewSource {
  readonly provisional: ProvisionalClient;
  /** The sandboxes that the list knew when the creation began; undefined if it had not been read. */
  readonly known: ReadonlySet<string> | undefined;
  /** Sandboxes that have appeared since, and can be the created one. */
  readonly candidates: Set<string>;
  /** Stops the request and the deadline, and lets the connection go. */
  readonly release: () => void;
  /** The server's id, once it is known. */
  realId?: string;
  /** The tick at which the server's reply arrived, or its time was over. */
  answeredAt?: number;
  /** Set when no reply arrived: the entry waits for the next list, which shows the sandbox if it was created. */
  unknown?: CreateFailure;
}
