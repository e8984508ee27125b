import {
  ConflictError,
  KeyUsedError,
  NamespaceDeletingError,
  NameTakenError,
  QuotaError,
  SnapshotUnusableError,
  StoreBusyError,
} from '../errors.ts';
import type { Commit, Committed, Store } from '../store.ts';
import { type Batches, createBatches, type Settled } from './batches.ts';
import { isTransient } from './connections.ts';
import { type PlainCommit, toPlainCommit } from './plain-commit.ts';
import type { WriterCall } from './writer-call.ts';

/** A commit on its way to the database. */
interface Prepared {
  readonly commit: Commit;
  readonly plain: PlainCommit;
}

/** How the database reports a commit that it kept. */
type Kept = Required<Committed>;

/** How the database reports the end of one commit of a batch. */
type Reported = Kept | { readonly code: string; readonly message: string; readonly constraint: string };

/** The commits of a store. */
export interface Commits extends Pick<Store, 'commit'> {
  /** How many commits wait for the next batch. */
  waiting(): number;
  /** Resolves when no commit is in progress. */
  drained(): Promise<void>;
}

/** Creates the commits of a store. */
export function createCommits(call: WriterCall): Commits {
  const batches: Batches<Prepared, Committed> = createBatches(async (items) => {
    const batch = JSON.stringify(items.map(({ plain }) => plain));
    const results = await call<readonly Reported[]>('write_batch', '$3::jsonb', [batch]);
    return (results ?? []).map((reported, index) => toSettled(reported, items[index]?.commit ?? {}));
  });
  return {
    commit: async (commit) => batches.add({ commit, plain: toPlainCommit(commit) }),
    waiting: batches.waiting,
    drained: batches.drained,
  };
}

function toSettled(reported: Reported, commit: Commit): Settled<Committed> {
  return 'sequence' in reported
    ? { result: committedOf(reported, commit) }
    : { error: errorOf(reported, commit) };
}

function committedOf({ sequence, holder }: Kept, { host, change }: Commit): Committed {
  return host === undefined || change === undefined ? { sequence } : { sequence, holder };
}

function errorOf(reported: Exclude<Reported, { sequence: unknown }>, commit: Commit): Error {
  const { code, message, constraint } = reported;
  const { change, snapshot, deletedSnapshot, restoredFrom, response, quotas } = commit;
  switch (code) {
    case 'SL001':
      return new ConflictError(change?.after.sandbox.id ?? '');
    case 'SL002':
      return new ConflictError(snapshot?.id ?? deletedSnapshot?.id ?? '', 'Snapshot');
    case 'SL003':
      return new SnapshotUnusableError(restoredFrom ?? '');
    case 'SL004':
      return new KeyUsedError(response?.key ?? '');
    case 'SL006':
      return message === 'snapshots'
        ? new QuotaError('snapshots', quotas?.snapshots ?? 0)
        : new QuotaError('living sandboxes', quotas?.livingSandboxes ?? 0);
    case 'SL007':
      return new NamespaceDeletingError(change?.after.namespace ?? '');
    default: {
      if (constraint === 'living_names') return new NameTakenError(change?.after.sandbox.name ?? '');
      const error = Object.assign(new Error(`The database refused a commit: ${message}.`), { code });
      return isTransient(error) ? new StoreBusyError(error) : error;
    }
  }
}
