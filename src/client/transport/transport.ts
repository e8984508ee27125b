import type { Clock } from '../../utils/clock.ts';
import type { Protocol } from './protocol.ts';
import type { ServerUpdate } from './server-update.ts';
import type { ClientTimes } from './times.ts';

/**
 * How a client hears of the server. `live`: a stream tells everything as it happens. `polling`: it asks again and again.
 * `offline`: the server is not reached. `stale`: what is shown may be old, because nothing has come yet, the stream
 * has just broken, or the server answers but does not tell.
 */
export type ConnectionState = 'live' | 'polling' | 'offline' | 'stale';

/** The way to a server: `httpTransport`, `tensorlakeTransport`, or `createTransport` a wire of one's own. */
export interface Transport extends Pick<Protocol, 'isVersioned' | 'send'> {
  /** A feed that tells this target, once it is started. */
  connect(setting: ConnectionContext, target: ConnectionObserver): Connection;
}

/** What a feed works with. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly times: ClientTimes;
  readonly random: () => number;
  /** Counts what happens to the client, so that "after" has a meaning without a clock. */
  nextTick(): number;
}

/** Whom a feed tells. */
export interface ConnectionObserver {
  /** Something was told, asked for at the tick `requestedAt` (0: unasked). Answers false when it came too late to count. */
  onUpdate(reading: ServerUpdate, requestedAt: number): boolean;
  onConnection(connection: ConnectionState, problem: string | null): void;
  /** The id to ask for, or undefined for all. */
  sandboxId(): string | undefined;
  /** The version that is known already, with the steps that led to it. */
  known(): number | undefined;
  /** Whether nothing can come any more. */
  isFinished(): boolean;
}

/** Keeps a client told: by a stream where there is one, by polling where there is none or while it is broken. */
export interface Connection {
  /** Begins, unless it has requestedAt; begins again when it had come to an end. */
  start(): void;
  /** Reads now. */
  read(): void;
  stop(): void;
  /** How far the server's clock is ahead of this machine's, in ms, as far as answers have told. */
  aheadMs(): number;
}
