import { z } from 'zod';
import { instant, integer, someText, text } from '../fields.ts';
import type { TypeOf } from './type-of.ts';

/** The sandboxes that are absent from the platform and wait for an operator. */
export const absenceListSchema = z.strictObject({
  count: integer.min(0).describe('How many sandboxes wait; 0 for none.'),
  living: integer.min(0).describe('How many sandboxes should exist on the platform.'),
  sandbox_ids: z.array(text).describe('The ids of the first hundred.'),
});
type AbsenceList = TypeOf<typeof absenceListSchema>;

/** The sandboxes that a confirmation has ended. */
export const confirmedAbsencesSchema = z.strictObject({
  ended: integer.min(0).describe('How many sandboxes have ended. The others exist on the platform again.'),
});
type ConfirmedAbsences = TypeOf<typeof confirmedAbsencesSchema>;

/** The sandboxes on the platform that have no record. */
export const orphanPageSchema = z.strictObject({
  count: integer.min(0).describe('How many there are in all.'),
  orphans: z.array(
    z.strictObject({
      sandbox_id: text,
      state: z
        .enum(['running', 'paused', 'absent'])
        .describe('`absent`: it is not on the platform any more, and there is still a decision about it.'),
      decision: z
        .enum(['keep', 'release'])
        .nullable()
        .describe(
          'The decision of an operator; null before one. `release`: the server has not released it yet.',
        ),
      decided_at: instant.nullable(),
      decided_by: text.nullable(),
    }),
  ),
  next_cursor: text.nullable().describe('The cursor of the next page; null on the last page.'),
});
type OrphanPageInfo = TypeOf<typeof orphanPageSchema>;

/** The sandboxes about which a request has decided. */
export const decidedOrphansSchema = z.strictObject({
  decision: z.enum(['keep', 'release', 'adopt']),
  sandbox_ids: z.array(text),
});
type DecidedOrphans = TypeOf<typeof decidedOrphansSchema>;

/** The hosts of the store. */
export const hostPageSchema = z.strictObject({
  shared: z
    .boolean()
    .describe(
      'Whether several hosts can share the store. If not, the list has the host that responds, alone.',
    ),
  responding: text.describe('The name of the host that responds.'),
  now: instant.describe('The time of the store.'),
  living: integer.min(0).describe('How many hosts are alive, on all pages.'),
  hosts: z.array(
    z.strictObject({
      name: text,
      alive: z
        .boolean()
        .describe(
          'Whether its last heartbeat is recent enough. Others take over the work of one that is not.',
        ),
      started_at: instant,
      last_heartbeat_at: instant.nullable(),
      alive_until: instant
        .nullable()
        .describe('When its life ends without another heartbeat; null where the store belongs to one host.'),
      held: integer.min(0).describe('How many sandboxes it holds: those with platform work in progress.'),
    }),
  ),
  next_cursor: text.nullable().describe('The cursor of the next page; null on the last page.'),
});
type HostPageInfo = TypeOf<typeof hostPageSchema>;

/** The sandboxes that a host holds. */
export const heldPageSchema = z.strictObject({
  host: text,
  sandboxes: z.array(
    z.strictObject({
      sandbox_id: text,
      namespace: text,
      held_since: instant.describe('Since when the host alone may act on the platform for the sandbox.'),
    }),
  ),
  next_cursor: text.nullable().describe('The cursor of the next page; null on the last page.'),
});
type HeldPageInfo = TypeOf<typeof heldPageSchema>;

/** The host that holds a sandbox. */
export const holderInfoSchema = z.strictObject({
  shared: z
    .boolean()
    .describe('Whether several hosts can share the store. If not, the one host acts for every sandbox.'),
  living: integer.min(0).describe('How many hosts are alive.'),
  host: text
    .nullable()
    .describe('The host that alone may act on the platform for the sandbox; null without platform work.'),
  held_since: instant.nullable(),
});
export type HolderInfo = TypeOf<typeof holderInfoSchema>;

/** A deletion of a namespace that is in progress, and what it has done so far. */
export const namespaceDeletionSchema = z.strictObject({
  namespace: someText,
  status: z.literal('deleting'),
  requested_at: instant,
  terminated_sandboxes: integer.min(0),
  deleted_snapshots: integer.min(0),
  deleted_rows: integer
    .min(0)
    .describe('Rows of the store: events, sandboxes, snapshots and stored responses.'),
});
type NamespaceDeletionInfo = TypeOf<typeof namespaceDeletionSchema>;

/** A finished backup. */
export const finishedBackupSchema = z.strictObject({
  path: z.string(),
  bytes: integer.min(0),
  database: z.string().describe('The identity of the database.'),
  sequence: integer.min(0).describe('The sequence of the last change that the backup has.'),
});
type FinishedBackup = TypeOf<typeof finishedBackupSchema>;

/** A time in seconds, to the millisecond. */
const usedSeconds = z.number().min(0);

const usedTimes = {
  running_secs: usedSeconds.describe('The time that sandboxes ran.'),
  suspended_secs: usedSeconds.describe('The time that sandboxes were suspended.'),
};

/** The usage of namespaces. */
export const usagePageSchema = z.strictObject({
  from: text.describe('The first day, in UTC.'),
  to: text.describe('The day after the last one.'),
  namespaces: z.array(
    z.strictObject({
      namespace: text,
      ...usedTimes,
      days: z.array(z.strictObject({ day: text, ...usedTimes })).describe('The days with usage.'),
    }),
  ),
  next_cursor: text.nullable().describe('The cursor of the next page; null on the last page.'),
});
type UsagePage = TypeOf<typeof usagePageSchema>;

/** The JSON of a response of these routes. */
export type OperationJson =
  | AbsenceList
  | ConfirmedAbsences
  | OrphanPageInfo
  | DecidedOrphans
  | HostPageInfo
  | HeldPageInfo
  | HolderInfo
  | NamespaceDeletionInfo
  | FinishedBackup
  | UsagePage;
