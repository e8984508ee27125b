import type { Page } from './store.ts';

/** The place of an entry in a list: newest first, then by id among entries of the same instant. */
export type Place = readonly [createdAt: number, id: string];

/** Compares two places: negative when the first one comes first, because it is newer. */
export function comparePlaces([aAt, aId]: Place, [bAt, bId]: Place): number {
  return bAt - aAt || (aId < bId ? 1 : aId > bId ? -1 : 0);
}

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
    const [createdAt, id] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    if (Number.isSafeInteger(createdAt) && typeof id === 'string') return [createdAt as number, id];
  } catch {
    // Unreadable text is as invalid as malformed JSON.
  }
  throw new CursorError();
}

/**
 * Makes a page of the items found in reading order: one more than the limit when further items exist. A backward read
 * finds the nearest item first, and the page shows it last.
 */
export function toPage<Item>(
  found: readonly Item[],
  { limit, backward, fromStart }: { limit: number; backward: boolean; fromStart: boolean },
  placeOf: (item: Item) => Place,
): Page<Item> {
  const more = found.length > limit;
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
