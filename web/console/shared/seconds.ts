/** A limit in seconds as typed; empty for none. */
export type Seconds = number | '';

/** The words of the three limits. */
export const limitWords = {
  timeoutMs: { label: 'Run limit', meaning: 'How long it may run after each start.' },
  idleTimeoutMs: { label: 'Idle limit', meaning: 'How long it may run without activity.' },
  suspendedTimeoutMs: { label: 'Suspended limit', meaning: 'How long it is kept while suspended.' },
} as const;

/** The problem of a limit as typed, as one sentence. */
export const problemOfSeconds = (seconds: Seconds): string | undefined =>
  seconds === '' || (Number.isSafeInteger(seconds) && seconds > 0)
    ? undefined
    : 'Enter a whole number of seconds, at least 1, or leave this empty.';
