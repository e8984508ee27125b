import { type Transition, transition } from '../../machine/transition.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { NotFoundError } from '../errors.ts';
import type { CommandResult } from '../host.ts';
import type { HistoryRow, SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/**
 * The stored form of a result under an idempotency key, and the way back to the result. A result is kept as a
 * version instead of a copy, because a configuration may have 64 KiB, and a client may send a key with each request.
 */
export interface StoredForm<Result> {
  /** Returns what the store keeps: JSON of at most about 1 KiB. */
  shrink(result: Result): unknown;
  /** Makes the result again. Throws `NotFoundError` when the store no longer has the sandbox. */
  restore(stored: unknown): Promise<Result>;
}

/** The forms of the results of a host. */
export interface StoredForms {
  /** A new sandbox, as it was then, with the configuration that it has now. */
  readonly creation: StoredForm<SandboxEntry>;
  /** A changed sandbox, as it was then. If its configuration has changed since, the sandbox as it is now. */
  readonly update: StoredForm<SandboxEntry>;
  /** The result of a command, and the sandbox as it was then, with the configuration that it has now. */
  readonly command: StoredForm<CommandResult>;
  /** No result. */
  readonly nothing: StoredForm<null>;
}

/** An entry of a version. */
interface StoredEntry {
  readonly sandboxId: string;
  readonly version: number;
  readonly revision: number;
  readonly released: boolean;
}

/** An entry, and why the command was not applied. */
type StoredCommand = StoredEntry & Pick<Transition, 'reason' | 'refusal'>;

/**
 * Creates the forms. They read records of earlier versions from the history. Of a version whose row was deleted, the result
 * has the current record.
 */
export function createStoredForms(store: Pick<Store, 'get' | 'history'>): StoredForms {
  async function current({ sandboxId }: StoredEntry): Promise<SandboxEntry> {
    const entry = await store.get(sandboxId);
    if (entry === undefined) throw new NotFoundError('sandbox', sandboxId);
    return entry;
  }

  /** The rows of a version and of the one before it, as far as the store has them. */
  async function rowsOf({ sandboxId, version }: StoredEntry) {
    const rows = await store.history({ sandboxId, after: 0, afterVersion: version - 2, limit: 2 });
    const ofVersion = (wanted: number) => rows.find((row) => row.version === wanted);
    return { row: ofVersion(version), before: ofVersion(version - 1) };
  }

  const creation: StoredForm<SandboxEntry> = {
    shrink: entryForm,
    async restore(stored) {
      const form = stored as StoredEntry;
      const entry = await current(form);
      const { row } = await rowsOf(form);
      return row ? entryThen(entry, form, row.sandbox) : entry;
    },
  };

  return {
    creation,
    update: {
      shrink: entryForm,
      async restore(stored) {
        const then = await creation.restore(stored);
        const now = await current(stored as StoredEntry);
        return then.sandbox.generation === now.sandbox.generation ? then : now;
      },
    },
    command: {
      shrink({ entry, result: { reason, refusal } }) {
        return {
          ...entryForm(entry),
          ...(reason && { reason }),
          ...(refusal && { refusal }),
        } satisfies StoredCommand;
      },
      async restore(stored) {
        const form = stored as StoredCommand;
        const now = await current(form);
        const { row, before } = await rowsOf(form);
        const entry = row ? entryThen(now, form, row.sandbox) : now;
        return { entry, result: resultOf(form, entry.sandbox, row, before) };
      },
    },
    nothing: { shrink: () => null, restore: async () => null },
  };
}

function entryForm({ sandbox, revision, released }: SandboxEntry): StoredEntry {
  return { sandboxId: sandbox.id, version: sandbox.version, revision, released };
}

function entryThen(now: SandboxEntry, { revision, released }: StoredEntry, sandbox: Sandbox): SandboxEntry {
  return { ...now, sandbox, revision, released };
}

/** The result of a command. The row before it is what the machine needs to compute the effects again. */
function resultOf(
  { reason, refusal }: StoredCommand,
  sandbox: Sandbox,
  row: HistoryRow | undefined,
  before: HistoryRow | undefined,
): Transition {
  if (refusal) return { outcome: 'refused', sandbox, effects: [], refusal };
  if (reason) return { outcome: 'unchanged', sandbox, effects: [], reason };
  if (!row || !before || row.event.type === 'created') return { outcome: 'applied', sandbox, effects: [] };
  const { effects } = transition(before.sandbox, row.event, row.policy);
  return { outcome: 'applied', sandbox, effects };
}
