import type { Status } from '../../../model/sandbox.ts';
import { BrokenRecordError } from '../errors.ts';
import { livingStateOf } from '../indexed-fields.ts';
import {
  archivedRank,
  deletingRank,
  fromCursor,
  type Place,
  pageReadOf,
  placeOfArchived,
  placeOfSandbox,
  toPage,
} from '../paging.ts';
import type { ListQuery, Page } from '../queries.ts';
import type { SandboxEntry } from '../records.ts';
import { type Row, toEntry } from '../rows.ts';
import { recordSchema } from '../schemas.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';

const columns =
  'id, namespace, name, status, version, created_at, ended_at, rank, timeout_at, unsettled, restores_from, record, schema, oldest_reader, configuration, released, revision, broken';

/** Lists and background work leave a row of a newer release to a newer host. */
const readable = `oldest_reader <= ${recordSchema}`;

/** The fact with the greatest `oldest_reader` that a server of the schema writes into its rows. */
export const newestReaderFact = 'newest_reader';

const emptyPage = { items: [], previousCursor: null, nextCursor: null };

/** The queries of the sandboxes of a database. */
export interface SandboxQueries
  extends Pick<Store, 'get' | 'getByName' | 'list' | 'unsettled' | 'living' | 'livingStates' | 'broken'> {
  /** A page of the sandboxes of these ranks. */
  listOfRanks(query: ListQuery, ranks: readonly number[]): Promise<Page<SandboxEntry>>;
}

/** Creates the queries of the sandboxes. A row that cannot be read is set aside. */
export function sandboxQueries({ read, write, source }: Connections): SandboxQueries {
  return {
    async get(id) {
      return isText(id) ? one(`id = $1 AND rank > ${deletingRank}`, [id]) : undefined;
    },
    async getByName(namespace, name) {
      if (!isText(namespace, name)) return undefined;
      return one("namespace = $1 AND name = $2 AND status <> 'terminated'", [namespace, name]);
    },
    list: (query) => listOfRanks(query, [0, 1]),
    listOfRanks,
    unsettled: (afterId, limit) => some('unsettled = 1 AND id > $1 ORDER BY id', [afterId], limit),
    living,
    livingStates: async (afterId, limit) => (await living(afterId, limit)).map(livingStateOf),
    async broken(afterId, limit) {
      const rows = await read(
        'SELECT id, namespace, broken FROM sandboxes WHERE broken IS NOT NULL AND id > $1 ORDER BY id LIMIT $2',
        [afterId, limit],
      );
      return rows.map(({ id, namespace, broken }) => ({ sandboxId: id, namespace, problem: broken }));
    },
  };

  async function listOfRanks(query: ListQuery, ranks: readonly number[]): Promise<Page<SandboxEntry>> {
    const { limit, cursor, direction, namespace, name = '', metadata = {} } = query;
    const from = cursor === undefined ? undefined : fromCursor(cursor);
    if (!isText(namespace, name, ...Object.entries(metadata).flat())) return emptyPage;
    const placeOf = ranks.includes(archivedRank) ? placeOfArchived : placeOfSandbox;
    const { where, values } = conditionsOf(query, ranks, from);
    const [entries, leavesOut] = await Promise.all([some(where, values, limit + 1), hasNewer()]);
    const backward = direction === 'backward';
    const page = toPage(pageReadOf(entries), { limit, backward, fromStart: from === undefined }, placeOf);
    return leavesOut ? { ...page, leavesOut: true } : page;
  }

  /** Whether a release has used the schema whose records this one cannot read. */
  async function hasNewer(): Promise<boolean> {
    const rows = await read(`SELECT 1 FROM facts WHERE name = $1 AND value::integer > ${recordSchema}`, [
      newestReaderFact,
    ]);
    return rows.length > 0;
  }

  function living(afterId: string, limit: number): Promise<SandboxEntry[]> {
    return some("status NOT IN ('pending', 'terminated') AND id > $1 ORDER BY id", [afterId], limit);
  }

  async function one(where: string, values: readonly unknown[]): Promise<SandboxEntry | undefined> {
    const [row] = await read<Row>(`SELECT ${columns} FROM sandboxes WHERE ${where}`, values);
    return row && readEntry(row);
  }

  /** Reads again after it sets a row aside, so that fewer entries than `limit` always mean the end. */
  async function some(where: string, values: readonly unknown[], limit: number): Promise<SandboxEntry[]> {
    for (;;) {
      const rows = await read<Row>(
        `SELECT ${columns} FROM sandboxes WHERE broken IS NULL AND ${readable} AND ${where} LIMIT $${values.length + 1}`,
        [...values, limit],
      );
      const entries: SandboxEntry[] = [];
      for (const row of rows) {
        const entry = await readEntry(row).catch((error: unknown) => {
          if (!(error instanceof BrokenRecordError)) throw error;
        });
        if (entry) entries.push(entry);
      }
      if (entries.length === rows.length) return entries;
    }
  }

  async function readEntry(row: Row): Promise<SandboxEntry> {
    try {
      return toEntry(row, source);
    } catch (error) {
      if (error instanceof BrokenRecordError) {
        const { problem, sandboxId } = error.row;
        await write('UPDATE sandboxes SET broken = $1 WHERE id = $2 AND broken IS NULL', [
          problem,
          sandboxId,
        ]);
      }
      throw error;
    }
  }
}

/** The condition and the order of a page that begins after a place, or at the first entry. */
function conditionsOf(
  { namespace, direction, name, statuses, metadata = {} }: ListQuery,
  ranks: readonly number[],
  from: Place | undefined,
) {
  const values: unknown[] = [];
  const next = (value: unknown) => `$${values.push(value)}`;
  const backward = direction === 'backward';
  const conditions = [
    `namespace = ${next(namespace)}`,
    ...(name === undefined ? [] : [`name = ${next(name)}`]),
    ...(statuses ? [`status = ANY (${next([...statuses])}::text[])`] : []),
    ...rangeOf(ranks.filter((rank) => isOfRank(statuses, rank))),
    ...Object.entries(metadata).map(
      ([key, value]) =>
        `id IN (SELECT sandbox_id FROM metadata WHERE namespace = $1 AND key = ${next(key)} AND md5(value) = md5(${next(value)}::text) AND value = $${values.length})`,
    ),
    ...(from
      ? [
          `(rank, created_at, id) ${backward ? '>' : '<'} (${next(from[0])}::smallint, ${next(from[1])}::bigint, ${next(from[2])}::text COLLATE "C")`,
        ]
      : []),
  ];
  const order = backward ? 'ASC' : 'DESC';
  return {
    where: `${conditions.join(' AND ')} ORDER BY rank ${order}, created_at ${order}, id ${order}`,
    values,
  };
}

/** Whether a sandbox of one of the statuses can have a rank. */
function isOfRank(statuses: readonly Status[] | undefined, rank: number): boolean {
  return statuses?.some((status) => (status === 'terminated' ? rank <= 0 : rank === 1)) ?? true;
}

/** Limits the read to a part of the index. */
function rangeOf(ranks: readonly number[]): readonly string[] {
  if (ranks.length === 0) return ['false'];
  return [`rank BETWEEN ${Math.min(...ranks)} AND ${Math.max(...ranks)}`];
}
