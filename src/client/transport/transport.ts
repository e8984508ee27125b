import type { Clock } from '../clock.ts';
import type { Wire } from './protocol.ts';
import type { Reading } from './server-update.ts';
import type { ClientTimes } from './times.ts';

/**
 * How a client hears of the server. `live`: a stream tells everything as it happens. `polling`: it asks again and again.
 * `offline`: the server is not reached. `stale`: what is shown may be old, because nothing has come yet, the stream
 * has just broken, or the server answers but does not tell.
 */
export type Connection = 'live' | 'polling' | 'offline' | 'stale';

/** The way to a server: `httpTransport`, `sourceTransport`, or `transportOver` a wire of one's own. */
export interface Transport extends Pick<Wire, 'isVersioned' | 'send'> {
  /** A feed that tells this target, once it is started. */
  connect(setting: FeedSetting, target: Target): Feed;
}

/** What a feed works with. */
export interface FeedSetting {
  readonly clock: Clock;
  readonly times: ClientTimes;
  readonly random: () => number;
  /** Counts what happens to the client, so that "after" has a meaning without a clock. */
  tick(): number;
}

/** Whom a feed tells. */
export interface Target {
  /** Something was told, asked for at the tick `begun` (0: unasked). Answers false when it came too late to count. */
  told(reading: Reading, begun: number): boolean;
  connected(connection: Connection, problem: string | null): void;
  /** The id to ask for, or undefined for all. */
  sandboxId(): string | undefined;
  /** The version that is known already, with the steps that led to it. */
  known(): number | undefined;
  /** Whether nothing can come any more. */
  isFinished(): boolean;
}

/** Keeps a client told: by a stream where there is one, by polling where there is none or while it is broken. */
export interface Feed {
  /** Begins, unless it has begun; begins again when it had come to an end. */
  start(): void;
  /** Reads now. */
  read(): void;
  stop(): void;
  /** How far the server's clock is ahead of this machine's, in ms, as far as answers have told. */
  aheadMs(): number;
}
