import { type Applied, type Refused, transition, type Unchanged } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { type Unapplied, unappliedOf } from '../changes/unapplied.ts';
import type { Configuration } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { CommandResult, WriteOptions } from '../host.ts';
import type { HistoryRow, SandboxEntry, StoredResponse } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { boundedConfiguration } from './bounds.ts';
import { type CommitWriter, nextEntry } from './commit-writer.ts';
import { historyRow } from './history-row.ts';
import { type SnapshotContext, snapshotChange } from './snapshot-records.ts';

/** The origin and the conditions of a commit. */
export interface WriteContext<Result> extends Pick<WriteOptions, 'ifVersion'> {
  readonly actor: string;
  readonly cause: string;
  /** Creates the response that the store keeps in the same commit, if it keeps one. */
  readonly keep?: ((result: Result) => StoredResponse | undefined) | undefined;
}

/** The context of an event, and further parts of its commit. */
export interface CommitContext extends WriteContext<CommandResult>, SnapshotContext {
  /** Changes of the configuration, which are committed with an applied event. */
  readonly configuration?: Partial<Configuration>;
}

/** The parts of a committer that an event needs. */
interface EventCommitterOptions {
  readonly store: Pick<Store, 'getSnapshot'>;
  readonly policy: Policy;
  readonly writer: CommitWriter;
  readonly onUnapplied: (unapplied: Unapplied) => void;
}

/** Applies an event to an entry and commits the result. */
type EventCommitter = (
  before: SandboxEntry,
  event: SandboxEvent,
  context: CommitContext,
) => Promise<CommandResult>;

/** Creates a committer of events. The caller holds the lock of the sandbox. */
export function createEventCommitter(options: EventCommitterOptions): EventCommitter {
  const { store, policy, writer, onUnapplied } = options;

  return async (before, event, context) => {
    const result = transition(before.sandbox, event, policy);
    if (result.outcome === 'applied') return commitApplied(before, event, result, context);
    return commitUnapplied(before, event, result, context);
  };

  /** Commits an applied event with its row of history, and with the snapshot that it starts or settles. */
  async function commitApplied(
    before: SandboxEntry,
    event: SandboxEvent,
    result: Applied,
    context: CommitContext,
  ): Promise<CommandResult> {
    const after = nextEntry(before, { sandbox: result.sandbox, ...configured(before, context) });
    const history = historyRow(before, after, event, context, policy);
    const snapshot = await snapshotChange(store, before, event, result.sandbox, context);
    await writer.commit(
      { before, after, history },
      { snapshot, response: context.keep?.({ entry: after, result }) },
    );
    return { entry: after, result };
  }

  /** Leaves the record and the configuration unchanged. */
  async function commitUnapplied(
    before: SandboxEntry,
    event: SandboxEvent,
    result: Unchanged | Refused,
    context: CommitContext,
  ): Promise<CommandResult> {
    await writer.storeResponse(context.keep?.({ entry: before, result }));
    onUnapplied(unappliedOf(before, event, result, context));
    return { entry: before, result };
  }
}

/** The changed configuration, if any. Throws `RuleError` when it would be too large. */
function configured(
  { configuration }: SandboxEntry,
  { configuration: changes }: Pick<CommitContext, 'configuration'>,
): Partial<SandboxEntry> {
  return changes === undefined
    ? {}
    : { configuration: boundedConfiguration({ ...configuration, ...changes }) };
}

/** An ordered list of events for one commit, from the current entry. */
export type EventList = (before: SandboxEntry) => readonly SandboxEvent[];

/**
 * Creates a committer of several events in one commit: all of them or none. Throws `RuleError` when the machine refuses
 * one. The configuration changes with the event `configure`. The caller holds the lock of the sandbox.
 */
export function createListCommitter({ policy, writer, onUnapplied }: Omit<EventCommitterOptions, 'store'>) {
  return async (
    before: SandboxEntry,
    events: readonly SandboxEvent[],
    context: WriteContext<SandboxEntry> & Pick<CommitContext, 'configuration'>,
  ): Promise<SandboxEntry> => {
    const rows: Omit<HistoryRow, 'sequence'>[] = [];
    const unapplied: Unapplied[] = [];
    let entry = before;
    for (const event of events) {
      const result = transition(entry.sandbox, event, policy);
      if (result.outcome === 'refused') throw new RuleError(result.refusal.message);
      if (result.outcome === 'unchanged') {
        unapplied.push(unappliedOf(entry, event, result, context));
        continue;
      }
      const changes = event.type === 'configure' ? configured(before, context) : {};
      const after = { ...entry, ...changes, sandbox: result.sandbox };
      rows.push(historyRow(entry, after, event, context, policy));
      entry = after;
    }
    const history = rows.pop();
    if (history === undefined) await writer.storeResponse(context.keep?.(before));
    else {
      entry = { ...entry, revision: before.revision + 1 };
      await writer.commit(
        { before, after: entry, history, earlier: rows },
        { response: context.keep?.(entry) },
      );
    }
    for (const one of unapplied) onUnapplied(one);
    return entry;
  };
}
