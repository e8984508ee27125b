import { printable } from '../../utils/printable.ts';
import type { BrokenRow } from './store.ts';

/** The record has changed since it was read. Read it again and decide again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';

  constructor(id: string, kind: 'Sandbox' | 'Snapshot' = 'Sandbox') {
    super(`${kind} ${id} has changed since it was read.`);
  }
}

/** The snapshot of a commit's `restoredFrom` was deleted, has failed, or is not captured yet. */
export class SnapshotUnusableError extends Error {
  override readonly name = 'SnapshotUnusableError';

  constructor(id: string) {
    super(`Snapshot ${id} can no longer be restored.`);
  }
}

/** Another living sandbox of the namespace has this name. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(name: string) {
    super(
      `The name ${JSON.stringify(name)} is taken by another sandbox; choose another, or terminate that one first.`,
    );
  }
}

/** The namespace has as many living sandboxes or snapshots as its quota allows. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError';

  constructor(what: 'living sandboxes' | 'snapshots', most: number) {
    const remedy = what === 'snapshots' ? 'delete some' : 'terminate some';
    super(`The namespace has ${most} ${what}, which is its quota; ${remedy}, or ask the operator for more.`);
  }
}

/** This idempotency key already has a response. */
export class KeyUsedError extends Error {
  override readonly name = 'KeyUsedError';

  constructor(key: string) {
    super(`The idempotency key ${JSON.stringify(key)} has already been used.`);
  }
}

/** The store has a broken row under this id. */
export class BrokenRecordError extends Error {
  override readonly name = 'BrokenRecordError';
  readonly row: BrokenRow;

  constructor(row: BrokenRow, options?: { cause?: unknown }) {
    super(`The record of sandbox ${row.sandboxId} is broken and was set aside. ${row.problem}`, options);
    this.row = row;
  }
}

/** A newer release wrote the row. This release neither reads nor changes it: a host of the newer release runs it. */
export class NewerRecordError extends Error {
  override readonly name = 'NewerRecordError';
  readonly row: Omit<BrokenRow, 'problem'>;

  constructor(row: Omit<BrokenRow, 'problem'>, options: { cause: Error }) {
    super(`Sandbox ${row.sandboxId} cannot be read. ${options.cause.message}`, options);
    this.row = row;
  }
}

/** Whether this host can do nothing about a row, however often it reads it. */
export function isUnreadable(error: unknown): error is BrokenRecordError | NewerRecordError {
  return error instanceof BrokenRecordError || error instanceof NewerRecordError;
}

/** The store could not be reached, or was busy for too long. A later attempt may succeed. A commit may have taken effect. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';

  constructor(cause: unknown) {
    super('The database is busy or cannot be reached; try again in a moment.', { cause });
  }
}

/** A backup that could not be made. The message names the file and the reason. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The data of a server is damaged, older than it was, missing, or not its own. The message names the file and a remedy. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** The namespace is being deleted, and accepts no new sandbox meanwhile. */
export class NamespaceDeletingError extends Error {
  override readonly name = 'NamespaceDeletingError';

  constructor(namespace: string) {
    super(
      `The namespace ${printable(namespace)} is being deleted; create sandboxes in it when the deletion has ended.`,
    );
  }
}
