import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status, Timeouts } from '../../model/sandbox.ts';
import type { Configuration, Resources } from '../configuration.ts';

/** Everything that a server stores about one sandbox. */
export interface SandboxEntry {
  readonly sandbox: Sandbox;
  readonly namespace: string;
  readonly configuration: Configuration;
  /** Whether a terminated sandbox no longer holds anything on the platform. */
  readonly released: boolean;
  /** 1 at creation, and one more for each commit, including commits that apply no event. */
  readonly revision: number;
}

/** The event that begins a history, with the name and the limits of the new sandbox. */
export interface Created extends Timeouts {
  readonly type: 'created';
  readonly name: string | null;
  readonly at: number;
}

/** One applied event of one sandbox. The rows of a sandbox have the versions 1, 2, 3 and so on, without a gap; retention may delete the first ones. */
export interface HistoryRow {
  /** The place in the order of all commits of the store. Grows from row to row, and may skip numbers. */
  readonly sequence: number;
  readonly namespace: string;
  readonly sandboxId: string;
  /** The version after the event. */
  readonly version: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly event: SandboxEvent | Created;
  /** The time of the event, in epoch ms. */
  readonly at: number;
  /** The actor: `platform` for a report, `clock` for a timeout, else the caller. */
  readonly actor: string;
  /** The cause: `operation 3`, `deadline`, `drift`, or a text from the caller, such as the id of a request. */
  readonly cause: string;
  /** The policy under which the event was applied. */
  readonly policy: Policy;
  /** The record after the event. */
  readonly sandbox: Sandbox;
  /** Present on the first row of a history whose earlier rows were deleted: the history begins with the record of this row. */
  readonly isFirstKept?: true;
}

/** A row of history that cannot be read: it is damaged, or of a newer release. The rows around it and the record of the sandbox are not affected. */
export interface MissingRow
  extends Pick<HistoryRow, 'sequence' | 'namespace' | 'sandboxId' | 'version' | 'to'> {
  readonly isMissing: true;
  /** Present on a row that a newer release wrote, and that is not damaged. */
  readonly isNewer?: true;
  /** A sentence that describes the fault. It may quote the content of the row. */
  readonly problem: string;
  /** The row, its table and its file. */
  readonly place: string;
}

/** A row of history, or what is known of one that cannot be read. */
export type HistoryItem = HistoryRow | MissingRow;

/** A snapshot, which outlives the sandbox that it was taken from. Times are epoch ms. */
export interface SnapshotRecord {
  readonly id: string;
  readonly namespace: string;
  readonly sandboxId: string;
  readonly status: 'in_progress' | 'local_ready' | 'completed' | 'failed';
  readonly type: 'memory' | 'filesystem';
  readonly error: string | null;
  readonly uri: string | null;
  readonly sizeBytes: number | null;
  /** The resources of the sandbox that it was taken from. */
  readonly resources: Resources;
  readonly createdAt: number;
}

/** A response that is stored under an idempotency key, so that a repeated request gets the same response. */
export interface StoredResponse {
  readonly namespace: string;
  readonly key: string;
  /** Equal for equal requests, so that a different request under the same key is detected. */
  readonly fingerprint: string;
  /** The time of the response, in epoch ms. */
  readonly at: number;
  /** The data from which the host makes the result of the request again: JSON of at most about 1 KiB. */
  readonly result: unknown;
}
