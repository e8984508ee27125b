import type { Place } from '../paging.ts';
import type { ListQuery } from '../queries.ts';
import type { Database } from './database.ts';

/** The direction of a read: `forward` is from the newest place to the oldest. */
type Direction = NonNullable<ListQuery['direction']>;

/** A place from which a read continues, and whether it may itself be found. */
interface From {
  readonly place: Place;
  readonly inclusive: boolean;
}

/** The places of the sandboxes that meet one condition, in the order of the list. */
export interface PlaceSource {
  /** The next places from here on, at most `limit`. Each read is a seek in an index. */
  next(from: From, limit: number): readonly Place[];
}

/** The part of a list that a query reads. */
export interface Range {
  readonly direction: Direction;
  readonly lowestRank: number;
  readonly highestRank: number;
}

/** The place from which a read of the whole range starts: beyond all its places. */
export function startOf({ direction, lowestRank, highestRank }: Range): Place {
  const least = Number.MIN_SAFE_INTEGER;
  return direction === 'forward' ? [highestRank + 1, least, ''] : [lowestRank, least, ''];
}

/** A condition with an index in the order of the list, and the values of its parameters. */
export interface IndexedCondition {
  readonly index: 'listed' | 'listed_by_name' | 'listed_by_status' | 'metadata';
  readonly values: readonly string[];
}

const conditions = {
  listed: 'sandboxes INDEXED BY listed WHERE namespace = ? AND broken IS NULL',
  listed_by_name: 'sandboxes INDEXED BY listed_by_name WHERE namespace = ? AND name = ? AND broken IS NULL',
  listed_by_status:
    "sandboxes INDEXED BY listed_by_status WHERE namespace = ? AND status = ? AND status <> 'terminated' AND broken IS NULL",
  metadata: 'metadata WHERE namespace = ? AND key = ? AND value = ?',
} as const satisfies Record<IndexedCondition['index'], string>;

/** Creates the sources of a database. Each of the few statements is prepared once. */
export function createPlaceSources(
  database: Database,
): (condition: IndexedCondition, range: Range) => PlaceSource {
  const statements = new Map<string, ReturnType<Database['prepare']>>();

  return ({ index, values }, range) => ({
    next({ place, inclusive }, limit) {
      const { direction, lowestRank, highestRank } = range;
      const isForward = direction === 'forward';
      const isBefore = isForward ? place[0] > highestRank : place[0] < lowestRank;
      const from = isBefore ? startOf(range) : place;
      const lastRank = isForward ? lowestRank : highestRank;
      const rows = statementOf(index, direction, inclusive).all(...values, lastRank, ...from, limit);
      return rows.map((row) => [Number(row['rank']), Number(row['created_at']), String(row['id'])]);
    },
  });

  function statementOf(index: IndexedCondition['index'], direction: Direction, inclusive: boolean) {
    const key = `${index} ${direction} ${inclusive}`;
    const known = statements.get(key);
    if (known) return known;
    const made = database.prepare(textOf(index, direction, inclusive));
    statements.set(key, made);
    return made;
  }
}

function textOf(index: IndexedCondition['index'], direction: Direction, inclusive: boolean): string {
  const id = index === 'metadata' ? 'sandbox_id' : 'id';
  const [side, limit, order] = direction === 'forward' ? ['<', '>=', 'DESC'] : ['>', '<=', 'ASC'];
  return `SELECT rank, created_at, ${id} AS id FROM ${conditions[index]}
    AND rank ${limit} ? AND (rank, created_at, ${id}) ${side}${inclusive ? '=' : ''} (?, ?, ?)
    ORDER BY rank ${order}, created_at ${order}, ${id} ${order} LIMIT ?`;
}
