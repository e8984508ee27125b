import { defaultPolicy, type Policy } from '../../../src/index.ts';

/** The policy of the simulated server: short limits, so that they expire during a schedule. */
export const policy: Policy = {
  ...defaultPolicy,
  operationLimitSeconds: { boot: 4, snapshot: 4, suspend: 3, resume: 3 },
  suspendRetryDelaySeconds: 1,
};

/** The times of the clients, in proportion to the latencies of the network. */
export const times = {
  deadlineMs: 12_000,
  requestMs: 2000,
  pollMs: 1500,
  retryMs: 200,
  longestRetryMs: 2000,
  silenceMs: 9000,
  leaseMs: 3000,
  releaseMs: 1000,
};
