import type { SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';

/** Receives the events of a stream. The protocol must not call it before `follow` has returned. */
export interface ProtocolListener {
  /** From here on the stream is complete. Called again when the server could not resume where the stream ended. */
  onOpen(): void;
  /** A message arrived. */
  onUpdate(update: ServerUpdate): void;
  /** The stream is still connected. */
  onAlive(): void;
  /** The stream ended, and nothing follows. */
  onClosed(problem: string): void;
}

/** The requests that a server understands. Each may reject; that counts as not reached. */
export interface Protocol {
  /**
   * Whether records carry the server's own versions. Without versions, reads are ordered causally: a read counts only if
   * it began after the last state was received.
   */
  readonly isVersioned: boolean;
  /** Reads one sandbox, or all when no id is given. `after` is the version that is known with the steps before it. */
  read(
    sandboxId: string | undefined,
    after: number | undefined,
    signal: AbortSignal,
  ): PromiseLike<ServerUpdate | ReadFailure>;
  /** Sends a command, once. */
  send(request: SendRequest, signal: AbortSignal): PromiseLike<ServerReply>;
  /** Follows one sandbox, or all, from a sequence on; returns a function that stops. Omitted when there is no stream. */
  follow?(sandboxId: string | undefined, after: number | undefined, listener: ProtocolListener): () => void;
}
