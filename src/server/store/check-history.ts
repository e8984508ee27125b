import type { Sandbox } from '../../model/sandbox.ts';
import { equalJson } from '../../utils/equal-json.ts';
import { replay } from './replay.ts';
import type { HistoryRow, SandboxEntry } from './store.ts';

/** Where a history goes wrong: at the row of this version, or where it is missing; and how, for a person. */
export interface HistoryProblem {
  readonly version: number;
  readonly message: string;
}

/** A history that does not hold together. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly version: number;

  constructor({ version, message }: HistoryProblem) {
    super(`Version ${version}: ${message}`);
    this.version = version;
  }
}

/**
 * The record that the whole history of one sandbox leads to: each event applied to the record before it, under the
 * policy of its row. Throws {@link HistoryError} at the first row that does not follow from those before it.
 *
 * @example
 * foldHistory(await host.history('default', 'my-env')); // what host.get answers as its record
 */
export function foldHistory(rows: Iterable<HistoryRow>): Sandbox {
  let last: HistoryRow | undefined;
  for (const row of rows) {
    const problem = problemOf(row, last);
    if (problem !== undefined) throw new HistoryError({ version: expectedAfter(last), message: problem });
    last = row;
  }
  if (last === undefined) throw new HistoryError({ version: 1, message: 'There is no history.' });
  return last.sandbox;
}

/**
 * The first thing that is wrong in the whole history of one sandbox, or undefined: versions without a gap, statuses that
 * join, and events that lead to each row's record and in the end to the present one. Pure, and never throws.
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
        message: `The history is of sandbox ${folded.id}, and the record of ${sandbox.id}.`,
      };
    }
    if (folded.version !== sandbox.version) {
      return {
        version: folded.version,
        message: `The history ends here, and the record is of version ${sandbox.version}.`,
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
      const message = `Its row is of namespace ${row.namespace}, and the sandbox of ${namespace}.`;
      throw new HistoryError({ version: row.version, message });
    }
    yield row;
  }
}

const expectedAfter = (last: HistoryRow | undefined) => (last?.version ?? 0) + 1;

/** What is wrong with a row, after the one before it; undefined when it follows. */
function problemOf(row: HistoryRow, last: HistoryRow | undefined): string | undefined {
  const { version, sequence, sandboxId, from, to, event, at, policy, sandbox } = row;
  if (last && version === last.version) return `There is a second row of version ${version} in its place.`;
  if (version !== expectedAfter(last)) return `Its row is missing; the next one is of version ${version}.`;
  if (last && sandboxId !== last.sandboxId) return `Its row is of another sandbox, ${sandboxId}.`;
  if (last && sequence <= last.sequence) {
    return `Its sequence is ${sequence}, and that of the version before it ${last.sequence}.`;
  }
  const before = last?.to ?? null;
  if (from !== before) return `It goes from ${from}, and the version before it led to ${before}.`;
  if (to !== sandbox.status) return `It goes to ${to}, and its record is ${sandbox.status}.`;
  if (at !== event.at) return `It was at ${at}, and its event at ${event.at}.`;
  try {
    const difference = differenceOf(replay(sandboxId, last?.sandbox, event, policy), sandbox);
    return difference && `Its event ${event.type} leads to ${difference}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The first field in which two records differ, as `status suspended, where the record has running`. */
function differenceOf(led: Sandbox, kept: Sandbox): string | undefined {
  for (const field of new Set([...Object.keys(led), ...Object.keys(kept)]) as Set<keyof Sandbox>) {
    if (!equalJson(led[field], kept[field]))
      return `${field} ${JSON.stringify(led[field])}, where the record has ${JSON.stringify(kept[field])}`;
  }
  return undefined;
}
