import type { ClientOptions } from './options.ts';
import type { Readable, SandboxClient } from './replica/sandbox-client.ts';
import type { DisplayedSandbox, SandboxView } from './replica/view.ts';
import type { ConnectionState } from './transport/transport.ts';

/** What a client of many sandboxes takes. */
export interface SandboxListClientOptions extends ClientOptions {
  /** The records that are known already, as for a page that a server rendered. */
  readonly initial?: readonly DisplayedSandbox[] | undefined;
}

/** All that a page shows of many sandboxes. */
export interface SandboxListView {
  /** The newest first. */
  readonly sandboxes: readonly SandboxView[];
  /** Whether the list has been read, so that an empty one means that there is none. */
  readonly isLoaded: boolean;
  readonly connection: ConnectionState;
  /** Why the connection is not as it should be: one sentence, or null. */
  readonly problem: string | null;
}

/** Many sandboxes, told by one stream. */
export interface SandboxListClient extends Readable<SandboxListView> {
  /** The client of one of them. Its `dispose` lets nothing go: the list does. */
  sandbox(id: string): SandboxClient;
  /** Asks the server now. */
  refresh(): void;
  /** Lets go of everything. */
  dispose(): void;
}
