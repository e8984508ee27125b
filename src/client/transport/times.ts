import { backOffMs } from '../../utils/back-off.ts';

/** Time limits and intervals of a client, in ms. */
export interface ClientTimes {
  /** The longest time from `send` until the command has settled, and until `ready` has. At least three times `requestMs`. */
  readonly deadlineMs: number;
  /** The time limit of one request. */
  readonly requestMs: number;
  /** The interval between two reads without a stream. */
  readonly pollMs: number;
  /** The delay before the first retry; it doubles with each retry, and a random part of up to a half is subtracted. */
  readonly retryMs: number;
  /** The longest delay before a retry. */
  readonly longestRetryMs: number;
  /** The silence after which a stream counts as broken. The server sends a heartbeat every 15 s. */
  readonly silenceMs: number;
  /** The silence of the tab that sends a command, after which another tab takes the command over. */
  readonly leaseMs: number;
  /** The time from the end of the last subscription until the connection is released, unless commands are pending. */
  readonly releaseMs: number;
}

/** The default times of a client. */
export const defaultTimes: ClientTimes = {
  deadlineMs: 60_000,
  requestMs: 10_000,
  pollMs: 2_000,
  retryMs: 500,
  longestRetryMs: 30_000,
  silenceMs: 45_000,
  leaseMs: 6_000,
  releaseMs: 2_000,
};

/** The longest `Retry-After` of a server that a client honours, in ms: ten minutes. A longer one counts as this. */
export const longestRetryAfterMs = 600_000;

/** The delay before the next try after this many failures, in ms. */
export function retryDelayMs(
  failures: number,
  { retryMs, longestRetryMs }: ClientTimes,
  random: () => number,
): number {
  return backOffMs(failures, { firstMs: retryMs, longestMs: longestRetryMs }, random);
}
