/** How long a client waits for what, in ms. */
export interface ClientTimes {
  /** From `send` until a command has settled, however it went. At least three times `requestMs`. */
  readonly deadlineMs: number;
  /** One request, until it counts as lost. */
  readonly requestMs: number;
  /** Between two reads while there is no stream. */
  readonly pollMs: number;
  /** Before the first retry; it doubles with each, and a random part of up to a half is left out. */
  readonly retryMs: number;
  /** The longest wait before a retry. */
  readonly longestRetryMs: number;
  /** Without a word on the stream, until it counts as broken. The server's heartbeat comes every 15 s. */
  readonly silenceMs: number;
  /** Without a word from the tab that sends a command, until another tab takes it over. */
  readonly leaseMs: number;
}

/** What holds when nothing else is said. */
export const defaultTimes: ClientTimes = {
  deadlineMs: 60_000,
  requestMs: 10_000,
  pollMs: 2_000,
  retryMs: 500,
  longestRetryMs: 30_000,
  silenceMs: 45_000,
  leaseMs: 6_000,
};

/** How long to wait before try number `failures` + 1, in ms: exponential, with jitter, so that clients do not come back at once. */
export function backOff(failures: number, times: ClientTimes, random: () => number): number {
  const longest = Math.min(times.longestRetryMs, times.retryMs * 2 ** (failures - 1));
  return Math.ceil(longest * (1 - random() / 2));
}
