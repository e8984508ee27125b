import type { Clock } from '../../utils/clock.ts';
import type { Protocol } from './protocol.ts';
import type { ServerUpdate } from './server-update.ts';
import type { ClientTimes } from './times.ts';

/**
 * The state of a connection. `live`: a stream sends every change as it happens. `polling`: the client reads at intervals.
 * `offline`: the server cannot be reached. `stale`: the view may be out of date, because no state has arrived yet, the
 * stream has just broken, or the server replies with errors.
 */
export type ConnectionState = 'live' | 'polling' | 'offline' | 'stale';

/** Connects clients to a server: `httpTransport`, `tensorlakeTransport`, or `createTransport` with your own protocol. */
export interface Transport extends Pick<Protocol, 'isVersioned' | 'send' | 'scope' | 'request'> {
  /**
   * Returns the error of the first record that no sandbox can have, as one sentence, or undefined if every record is legal. A
   * connection checks what it receives, and the client checks the records that the page passes.
   */
  problemOf(update: Pick<ServerUpdate, 'sandboxes' | 'changes'>): string | undefined;
  /** Creates a connection that reports to this observer once it is started. */
  connect(context: ConnectionContext, observer: ConnectionObserver): Connection;
}

/** The dependencies of a connection. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly times: ClientTimes;
  readonly random: () => number;
  /** Returns the next number of the client's logical clock, which orders its events without real time. */
  nextTick(): number;
}

/** Receives what a connection reads, and determines what it reads. */
export interface ConnectionObserver {
  /**
   * Receives an update that was requested at the tick `requestedAt` (0: a message of the stream). Returns false when it was
   * requested too early for it to count.
   */
  onUpdate(update: ServerUpdate, requestedAt: number): boolean;
  onConnection(connection: ConnectionState, problem: string | null): void;
  /** The estimate of the server's clock has changed. */
  onClock?(): unknown;
  /** The id to read, or undefined for all sandboxes. */
  sandboxId(): string | undefined;
  /** The version that is known, if the client also knows the steps that led to it. */
  knownVersion(): number | undefined;
  /** Whether no further change is possible. */
  isFinished(): boolean;
}

/** Keeps a client up to date: by a stream, or by polling without one or while it is broken. */
export interface Connection {
  /** Starts the connection, unless it has started; starts it again after `stop` or after it has finished. */
  start(): void;
  /** Reads the state now. Does nothing unless the connection has started. */
  read(): void;
  /**
   * Ends the stream, the polls and the reads in progress. Reports `stale`, and nothing after that. The next `start` resumes
   * the stream where it ended.
   */
  stop(): void;
  /** The estimated offset of the server's clock from this machine's, in ms; positive when the server is ahead. */
  aheadMs(): number;
}
