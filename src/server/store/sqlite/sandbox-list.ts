import { entryJsonBytes } from '../entry-size.ts';
import { isUnreadable, NewerRecordError } from '../errors.ts';
import {
  archivedRank,
  fromCursor,
  mostPageBytes,
  type PageRead,
  type Place,
  placeOfArchived,
  placeOfSandbox,
  toPage,
} from '../paging.ts';
import type { ListQuery, Page } from '../queries.ts';
import type { SandboxEntry } from '../records.ts';
import { isText } from '../text.ts';
import type { Database } from './database.ts';
import { findPlaces, unionOf } from './find-places.ts';
import { createPlaceSources, type PlaceSource, type Range, startOf } from './places.ts';

/** The entry of an id. Throws `BrokenRecordError` and `NewerRecordError`. */
type ReadEntry = (id: string) => SandboxEntry | undefined;

/** The queries of a page of sandboxes. */
export interface SandboxLists {
  /** Those that are not archived. */
  readonly list: (query: ListQuery) => Promise<Page<SandboxEntry>>;
  readonly listArchived: (query: ListQuery) => Promise<Page<SandboxEntry>>;
}

/** Creates the queries of a page. Each finds the places in the indexes, and then reads the entries of one page. */
export function createSandboxLists(database: Database, readEntry: ReadEntry): SandboxLists {
  const sourceOf = createPlaceSources(database);
  return {
    list: (query) => read(query, { lowestRank: 0, highestRank: 1 }, placeOfSandbox),
    listArchived: (query) =>
      read(query, { lowestRank: archivedRank, highestRank: archivedRank }, placeOfArchived),
  };

  async function read(
    query: ListQuery,
    ranks: Omit<Range, 'direction'>,
    placeOf: (entry: SandboxEntry) => Place,
  ): Promise<Page<SandboxEntry>> {
    const { limit, cursor, direction = 'forward', namespace, name = '', metadata = {} } = query;
    const from = cursor === undefined ? undefined : fromCursor(cursor);
    const isPossible = isText(namespace, name, ...Object.entries(metadata).flat());
    const range: Range = { direction, ...ranks };
    const sources = isPossible ? sourcesOf(query, range) : [];
    const { leavesOut, ...entries } = await entriesOf(sources, from ?? startOf(range), limit + 1);
    const page = toPage(
      entries,
      { limit, backward: direction === 'backward', fromStart: from === undefined },
      placeOf,
    );
    return leavesOut ? { ...page, leavesOut } : page;
  }

  /** One source for each condition; an entry of the list has a place in all of them. */
  function sourcesOf({ namespace, name, metadata = {}, statuses }: ListQuery, range: Range): PlaceSource[] {
    const sources = Object.entries(metadata).map((pair) =>
      sourceOf({ index: 'metadata', values: [namespace, ...pair] }, range),
    );
    if (name !== undefined)
      sources.push(sourceOf({ index: 'listed_by_name', values: [namespace, name] }, range));
    if (statuses !== undefined) sources.push(statusSource(namespace, statuses, range));
    return sources.length > 0 ? sources : [sourceOf({ index: 'listed', values: [namespace] }, range)];
  }

  function statusSource(
    namespace: string,
    statuses: NonNullable<ListQuery['statuses']>,
    range: Range,
  ): PlaceSource {
    const living = [...new Set(statuses)].filter((status) => status !== 'terminated');
    const sources = living.map((status) =>
      sourceOf({ index: 'listed_by_status', values: [namespace, status] }, range),
    );
    if (statuses.includes('terminated')) {
      const highestRank = Math.min(range.highestRank, 0);
      sources.push(sourceOf({ index: 'listed', values: [namespace] }, { ...range, highestRank }));
    }
    return unionOf(sources, range);
  }

  /** Passes over the places of records that cannot be read, so that fewer entries than `limit` always mean the end. */
  async function entriesOf(
    sources: PlaceSource[],
    start: Place,
    limit: number,
  ): Promise<PageRead<SandboxEntry> & { readonly leavesOut?: true }> {
    const entries: SandboxEntry[] = [];
    let leavesOut: { leavesOut?: true } = {};
    let bytes = 0;
    for (let after = start; ; ) {
      const wanted = limit - entries.length;
      const places = await findPlaces(sources, after, wanted);
      for (const [, , id] of places) {
        const entry = readable(id);
        if (entry === 'newer') leavesOut = { leavesOut: true };
        else if (entry !== undefined) {
          bytes += entryJsonBytes(entry);
          if (bytes > mostPageBytes && entries.length > 0)
            return { found: entries, isCut: true, ...leavesOut };
          entries.push(entry);
        }
      }
      const last = places.at(-1);
      if (last === undefined || places.length < wanted || entries.length === limit)
        return { found: entries, isCut: false, ...leavesOut };
      after = last;
    }
  }

  function readable(id: string): SandboxEntry | 'newer' | undefined {
    try {
      return readEntry(id);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return error instanceof NewerRecordError ? 'newer' : undefined;
    }
  }
}
