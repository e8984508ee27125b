import type { SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';

/** Receives the events of a stream. The protocol must not call it before `follow` has returned. */
export interface ProtocolListener {
  /** The stream is complete from here on. Called again when the server could not resume where the stream ended. */
  onOpen(): void;
  /** A message arrived. */
  onUpdate(update: ServerUpdate): void;
  /** The stream is still connected. */
  onAlive(): void;
  /** The stream ended, and no further event follows. */
  onClosed(problem: string): void;
}

/** The requests that a server understands. Each may reject; the client then treats the server as unreachable. */
export interface Protocol {
  /**
   * Whether records carry the server's own versions. Without versions, reads are ordered causally: a read counts only if
   * it began after the last state was received.
   */
  readonly isVersioned: boolean;
  /** Reads one sandbox, or all without an id. `after` is the version that is known with the steps before it. */
  read(
    sandboxId: string | undefined,
    after: number | undefined,
    signal: AbortSignal,
  ): PromiseLike<ServerUpdate | ReadFailure>;
  /** Sends a command, once. */
  send(request: SendRequest, signal: AbortSignal): PromiseLike<ServerReply>;
  /** Follows one sandbox, or all, from a sequence on. Returns a function that stops. Omit it if the server has no stream. */
  follow?(sandboxId: string | undefined, after: number | undefined, listener: ProtocolListener): () => void;
}
