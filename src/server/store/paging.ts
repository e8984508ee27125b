import type { Sandbox } from '../../model/sandbox.ts';
import { utf8Bytes } from '../../utils/utf8.ts';
import type { Page, PageQuery } from './queries.ts';
import type { SandboxEntry, SnapshotRecord } from './records.ts';

/**
 * The place of an entry in a list: what has not ended (rank 1) before what has ended (rank 0), then newest first, then by id
 * among entries of the same instant. Archived entries (rank -1) are in a list of their own.
 */
export type Place = readonly [rank: number, createdAt: number, id: string];

/** Compares two places: negative when the first one comes first. */
export function comparePlaces([aRank, aAt, aId]: Place, [bRank, bAt, bId]: Place): number {
  return bRank - aRank || bAt - aAt || (aId < bId ? 1 : aId > bId ? -1 : 0);
}

/** The place of a sandbox. It changes when the sandbox ends. */
export function placeOfSandbox({ sandbox }: SandboxEntry): Place {
  return [rankOf(sandbox), sandbox.createdAt, sandbox.id];
}

/** The rank of archived sandboxes. */
export const archivedRank = -1;

/** The rank of sandboxes whose deletion has begun. No read by id, name or place finds them. */
export const deletingRank = -2;

/** The place of an archived sandbox. */
export function placeOfArchived({ sandbox }: SandboxEntry): Place {
  return [archivedRank, sandbox.createdAt, sandbox.id];
}

/** The rank in lists of a sandbox that is not archived. */
export function rankOf({ status }: Pick<Sandbox, 'status'>): 0 | 1 {
  return status === 'terminated' ? 0 : 1;
}

/** The place of a snapshot. */
export function placeOfSnapshot({ createdAt, id }: SnapshotRecord): Place {
  return [1, createdAt, id];
}

/** The most bytes of the items on a page: of their records and configurations as JSON. A longer page ends early. */
export const mostPageBytes = 4 * 1024 * 1024;

/** A cursor that this server did not issue. */
export class CursorError extends Error {
  override readonly name = 'CursorError';

  constructor() {
    super('This server did not issue the cursor; leave it out to start at the first page.');
  }
}

/** Writes a place as an opaque cursor: its JSON in base64url. */
function toCursor(place: Place): string {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads a cursor. Throws {@link CursorError} when it is malformed. */
export function fromCursor(cursor: string): Place {
  try {
    const base64 = cursor.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const [rank, createdAt, id] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    if (isListed(rank) && Number.isSafeInteger(createdAt) && typeof id === 'string')
      return [rank, createdAt as number, id];
  } catch {
    // Unreadable text is as invalid as malformed JSON.
  }
  throw new CursorError();
}

const isListed = (rank: unknown): rank is number => rank === 1 || rank === 0 || rank === archivedRank;

/** Sorts items in memory and returns the page that a query selects. Throws {@link CursorError}. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, cursor, direction }: PageQuery,
  placeOf: (item: Item) => Place,
): Page<Item> {
  const backward = direction === 'backward';
  const sign = backward ? -1 : 1;
  const from = cursor === undefined ? undefined : fromCursor(cursor);
  const found = [...items]
    .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)) * sign)
    .filter((item) => from === undefined || comparePlaces(placeOf(item), from) * sign > 0);
  return toPage(
    pageReadOf(found.slice(0, limit + 1)),
    { limit, backward, fromStart: from === undefined },
    placeOf,
  );
}

/** The items of a page in reading order, and whether it ends early because of {@link mostPageBytes}. */
export interface PageRead<Item> {
  readonly found: readonly Item[];
  readonly isCut: boolean;
}

/** The part of some items, which are in memory already, that fits on a page. */
export function pageReadOf<Item>(items: readonly Item[]): PageRead<Item> {
  return withinPage(items, (item) => utf8Bytes(JSON.stringify(item)));
}

/** Reads items until their bytes exceed those of a page. Reads at least one item. */
export function withinPage<Item>(items: Iterable<Item>, bytesOf: (item: Item) => number): PageRead<Item> {
  const found: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    if (bytes > mostPageBytes && found.length > 0) return { found, isCut: true };
    found.push(item);
  }
  return { found, isCut: false };
}

/**
 * Makes a page of the items found in reading order: one more than the limit when further items exist, or fewer when the page
 * ends early. A backward read finds the nearest item first, and the page shows it last.
 */
export function toPage<Item>(
  { found, isCut }: PageRead<Item>,
  { limit, backward, fromStart }: { limit: number; backward: boolean; fromStart: boolean },
  placeOf: (item: Item) => Place,
): Page<Item> {
  const more = isCut || found.length > limit;
  const items = found.slice(0, limit);
  if (backward) items.reverse();
  const first = items[0];
  const last = items.at(-1);
  return {
    items,
    previousCursor: first !== undefined && (backward ? more : !fromStart) ? toCursor(placeOf(first)) : null,
    nextCursor: last !== undefined && (backward || more) ? toCursor(placeOf(last)) : null,
  };
}
