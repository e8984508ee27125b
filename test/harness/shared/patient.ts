/** How a test waits for what other processes do. It is long, because a machine can be busy; it ends as soon as the condition holds. */
export const patient = { timeout: 120_000, interval: 10 } as const;
