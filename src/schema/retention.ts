import { z } from 'zod';

const whole = z.int('must be a whole number');
const most = 1_000_000_000;
const atMost = 'must be at most 1000000000';
const seconds = whole.min(60, 'must be at least 60').max(most, atMost).nullable();

/** How long a host keeps what is old. Omitted settings have their defaults; null means for ever. */
export const retentionSchema = z.strictObject({
  archiveAfterSeconds: seconds.default(24 * 3600),
  deleteAfterSeconds: seconds.default(30 * 24 * 3600),
  forgetResponsesAfterSeconds: seconds.default(24 * 3600),
  expireSnapshotsAfterSeconds: seconds.default(null),
  snapshotsPerSandbox: whole
    .min(1, 'must be at least 1')
    .max(1_000, 'must be at most 1000')
    .nullable()
    .default(null),
  eventsPerSandbox: whole.min(100, 'must be at least 100').max(most, atMost).nullable().default(10_000),
});

/** How long a host keeps what is old. Null is for ever. */
export interface RetentionSettings {
  /** How long an ended and released sandbox stays in the list, in s from its end. Then it is archived. Default: 86,400, a day. */
  readonly archiveAfterSeconds: number | null;
  /** How long an ended and released sandbox stays at all, with its history, in s from its end. Default: 2,592,000, 30 days. */
  readonly deleteAfterSeconds: number | null;
  /** How long the response under an idempotency key stays, in s. Default: 86,400, a day. */
  readonly forgetResponsesAfterSeconds: number | null;
  /** How long a snapshot stays, in s from its creation. Default: null. */
  readonly expireSnapshotsAfterSeconds: number | null;
  /** The number of completed snapshots of each sandbox that stay, the newest ones. Default: null. */
  readonly snapshotsPerSandbox: number | null;
  /** The number of events that the history of each sandbox keeps, the newest ones. Default: 10,000. */
  readonly eventsPerSandbox: number | null;
}

/** Some of the settings. */
export type RetentionInput = Partial<RetentionSettings>;
