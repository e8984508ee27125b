import type { Policy } from '../../model/policy.ts';
import type { Connection, ConnectionContext, Transport } from '../transport/transport.ts';
import type { Reconciliation } from './reconcile.ts';

/** The options of a client with every default filled in, and the state that all its sandboxes share. */
export interface ClientContext extends ConnectionContext {
  readonly transport: Transport;
  readonly connection: Connection;
  readonly policy: Policy;
  readonly reconciliation: Reconciliation;
  /** The id of this tab. */
  readonly tabId: string;
  /** Creates a unique id. */
  newId(): string;
  /** The server's clock now, in whole epoch ms, as estimated. */
  serverNow(): number;
}
