import type { SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';

/** What a wire tells while it follows. It must not call back before `follow` has answered. */
export interface ProtocolListener {
  /** From here on nothing is left out. It may come again, when the server could not take up where it was. */
  onOpen(): void;
  /** Something happened. */
  onUpdate(reading: ServerUpdate): void;
  /** The stream is still there. */
  onAlive(): void;
  /** The stream is over, and nothing follows. */
  onClosed(problem: string): void;
}

/** The single requests that a server understands. Each may reject; that counts as not reached. */
export interface Protocol {
  /**
   * Whether records carry the server's own versions. Without, truth is ordered by cause: a read counts only if it began
   * after the last truth came.
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
  /** Follows one sandbox, or all, from a sequence on; answers how to stop. Left out when there is no stream. */
  follow?(sandboxId: string | undefined, after: number | undefined, listener: ProtocolListener): () => void;
}
