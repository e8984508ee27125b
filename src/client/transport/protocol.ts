import type { SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerTime, ServerUpdate } from './server-update.ts';

/** Receives the events of a stream. The protocol must not call it before `follow` has returned. */
export interface ProtocolListener {
  /** The stream is complete from here on. Called again when the server could not resume where the stream ended. */
  onOpen(): void;
  /** A message arrived. */
  onUpdate(update: ServerUpdate): void;
  /** The stream is still connected. `serverTime`: the server's clock when it wrote the frame, if the frame has it. */
  onAlive(serverTime?: ServerTime): void;
  /** The stream ended, and no further event follows. `retryAfterMs`: how long the server asked to be left alone, in ms. */
  onClosed(problem: string, retryAfterMs?: number): void;
}

/** The requests that a server understands. Each may reject; the client then treats the server as unreachable. */
export interface Protocol {
  /**
   * The server and the namespace of this protocol: sandbox ids are unique in it. Tabs share commands only within a scope. Pass
   * it when one page talks to several servers through its own protocols; empty by default.
   */
  readonly scope?: string | undefined;
  /**
   * Makes one request below the base URL of the HTTP API, with the headers of this protocol. Rejects when the server cannot be
   * reached. Creating sandboxes and reading snapshots need it.
   */
  readonly request?: ((path: string, init?: RequestInit) => Promise<Response>) | undefined;
  /**
   * Whether records carry the server's own versions. Without versions, reads are ordered causally: a read counts only if
   * it began after the last state was received.
   */
  readonly isVersioned: boolean;
  /**
   * Reads one sandbox, or all without an id. `after` is the version that is known with the steps before it: return that step and
   * the later ones, or the state if the server does not have that version any more.
   */
  read(
    sandboxId: string | undefined,
    after: number | undefined,
    signal: AbortSignal,
  ): PromiseLike<ServerUpdate | ReadFailure>;
  /** Sends a command, once. */
  send(request: SendRequest, signal: AbortSignal): PromiseLike<ServerReply>;
  /** Follows one sandbox, or all, from a sequence on. Returns a function that stops. Omit it if the server has no stream. */
  follow?(sandboxId: string | undefined, after: number | undefined, listener: ProtocolListener): () => void;
  /**
   * Calls `listener` when the network or the user may have returned, so that waiting connections try again at once: the page is
   * visible or online again. Returns a function that ends the calls.
   */
  onWake?(listener: () => void): () => void;
}
