import { mustBeSandbox } from '../../model/check-record.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { equalJson } from '../../utils/equal-json.ts';
import type { HistoryRow, SandboxEntry } from './records.ts';
import { replay } from './replay.ts';

/** The first fault in a history: the version whose row is wrong or missing, and a sentence about it. */
export interface HistoryProblem {
  readonly version: number;
  readonly message: string;
}

/** A history whose rows do not follow from each other. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly version: number;

  constructor({ version, message }: HistoryProblem) {
    super(`Version ${version}: ${message}`);
    this.version = version;
  }
}

/**
 * Folds the history of one sandbox into its record: applies each event to the previous record, under the policy
 * of its row. A history whose first rows were deleted begins with the record of its first row. Throws {@link HistoryError} at the first row that does not follow from the rows before it.
 *
 * @example
 * foldHistory(await host.history('default', 'my-env')); // the record that host.get returns
 */
export function foldHistory(rows: Iterable<HistoryRow>): Sandbox {
  let last: HistoryRow | undefined;
  for (const row of rows) {
    const problem = problemOf(row, last);
    if (problem !== undefined)
      throw new HistoryError({ version: faultyVersion(row, last), message: problem });
    last = row;
  }
  if (last === undefined) throw new HistoryError({ version: 1, message: 'The history is empty.' });
  return last.sandbox;
}

/**
 * Checks the whole history of one sandbox and returns the first fault, or undefined. The versions must have no gap,
 * each status must continue the previous one, and the events must lead to the record of each row and to the current
 * record. Pure; never throws.
 *
 * @example
 * checkHistory(await host.history('default', 'my-env'), await host.get('default', 'my-env')); // undefined
 */
export function checkHistory(
  rows: Iterable<HistoryRow>,
  entry: Pick<SandboxEntry, 'sandbox' | 'namespace'>,
): HistoryProblem | undefined {
  const { sandbox, namespace } = entry;
  try {
    const folded = foldHistory(ofNamespace(rows, namespace));
    if (folded.id !== sandbox.id) {
      return {
        version: 1,
        message: `The history belongs to sandbox ${folded.id}, but the record to ${sandbox.id}.`,
      };
    }
    if (folded.version !== sandbox.version) {
      return {
        version: folded.version,
        message: `The history ends here, but the record has version ${sandbox.version}.`,
      };
    }
    const difference = differenceOf(folded, sandbox);
    if (difference === undefined) return undefined;
    return { version: folded.version, message: `The history leads to ${difference}.` };
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return { version: error.version, message: error.message.replace(/^Version -?\d+: /, '') };
  }
}

function* ofNamespace(rows: Iterable<HistoryRow>, namespace: string): Generator<HistoryRow> {
  for (const row of rows) {
    if (row.namespace !== namespace) {
      const message = `Its row belongs to namespace ${row.namespace}, but the sandbox to ${namespace}.`;
      throw new HistoryError({ version: row.version, message });
    }
    yield row;
  }
}

const expectedAfter = (last: HistoryRow | undefined) => (last?.version ?? 0) + 1;

const faultyVersion = (row: HistoryRow, last: HistoryRow | undefined) =>
  last === undefined && row.isFirstKept ? row.version : expectedAfter(last);

/** Describes the fault in a row, given the row before it; undefined when the row follows. */
function problemOf(row: HistoryRow, last: HistoryRow | undefined): string | undefined {
  const { version, sequence, sandboxId, from, to, event, at, policy, sandbox } = row;
  if (last && version === last.version) return `Its place holds a second row of version ${version}.`;
  if (row.isFirstKept) return firstKeptProblem(row, last);
  if (version !== expectedAfter(last)) return `Its row is missing; the next row has version ${version}.`;
  if (last && sandboxId !== last.sandboxId) return `Its row belongs to another sandbox, ${sandboxId}.`;
  if (last && sequence <= last.sequence) {
    return `Its sequence is ${sequence}, but the sequence of the previous version is ${last.sequence}.`;
  }
  const before = last?.to ?? null;
  if (from !== before) return `It starts from ${from}, but the previous version led to ${before}.`;
  if (to !== sandbox.status) return `It leads to ${to}, but its record is ${sandbox.status}.`;
  if (at !== event.at) return `Its time is ${at}, but the time of its event is ${event.at}.`;
  try {
    const difference = differenceOf(replay(sandboxId, last?.sandbox, event, policy), sandbox);
    return difference && `Its event ${event.type} leads to ${difference}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Describes the fault in the first row that retention has kept. Its event cannot be applied: the record before it was deleted. */
function firstKeptProblem(row: HistoryRow, last: HistoryRow | undefined): string | undefined {
  const { version, sandboxId, to, event, at, sandbox } = row;
  if (last || version <= 1)
    return 'Its row is marked as the first that was kept, but no earlier row was deleted.';
  if (sandbox.id !== sandboxId) return `Its row belongs to another sandbox, ${sandboxId}.`;
  if (sandbox.version !== version)
    return `Its record has version ${sandbox.version}, but its row ${version}.`;
  if (to !== sandbox.status) return `It leads to ${to}, but its record is ${sandbox.status}.`;
  if (at !== event.at) return `Its time is ${at}, but the time of its event is ${event.at}.`;
  try {
    mustBeSandbox(sandbox);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The first field in which two records differ, such as `status "suspended", but the record has "running"`. */
function differenceOf(led: Sandbox, kept: Sandbox): string | undefined {
  for (const field of new Set([...Object.keys(led), ...Object.keys(kept)]) as Set<keyof Sandbox>) {
    if (!equalJson(led[field], kept[field]))
      return `${field} ${JSON.stringify(led[field])}, but the record has ${JSON.stringify(kept[field])}`;
  }
  return undefined;
}
