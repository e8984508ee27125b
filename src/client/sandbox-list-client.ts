import type { ClientOptions } from './options.ts';
import type { Readable, SandboxClient } from './replica/sandbox-client.ts';
import type { DisplayedSandbox, SandboxView } from './replica/view.ts';
import type { ConnectionState } from './transport/transport.ts';

/** Options of a client of many sandboxes. */
export interface SandboxListClientOptions extends ClientOptions {
  /** The records of the sandboxes, if the page has them already, for example because a server rendered the page. */
  readonly initial?: readonly DisplayedSandbox[] | undefined;
}

/** Everything that a page shows of many sandboxes. */
export interface SandboxListView {
  /** Newest first. */
  readonly sandboxes: readonly SandboxView[];
  /** Whether the list has been read, so that an empty list means that no sandbox exists. */
  readonly isLoaded: boolean;
  readonly connection: ConnectionState;
  /** The reason for a degraded connection: one sentence, or null. */
  readonly problem: string | null;
}

/** A client of many sandboxes, which share one stream. */
export interface SandboxListClient extends Readable<SandboxListView> {
  /**
   * Resolves when the list has been read; at once if it is known. The first access connects if necessary. Rejects with the
   * problem of the connection when no list arrives within `times.deadlineMs`, and when the client is disposed.
   */
  readonly ready: Promise<void>;
  /** Returns the client of one sandbox. Its `dispose` does nothing: the list's `dispose` stops it. */
  sandbox(id: string): SandboxClient;
  /** Reads the list from the server now. */
  refresh(): void;
  /** Stops the connection, all timers and all requests. */
  dispose(): void;
}
