import type { Page } from './store.ts';

/** The place of an entry in a list: newest first, and by id among those of the same instant. */
export type Place = readonly [createdAt: number, id: string];

/** Orders two places: negative when the first one comes first, which is the newer. */
export function comparePlaces([aAt, aId]: Place, [bAt, bId]: Place): number {
  return bAt - aAt || (aId < bId ? 1 : aId > bId ? -1 : 0);
}

/** A cursor that is none of ours. */
export class CursorError extends Error {
  override readonly name = 'CursorError';

  constructor() {
    super('The cursor is not one that this server gave; leave it out to begin at the first page.');
  }
}

/** Writes a place as an opaque cursor: its JSON in base64url. */
function toCursor(place: Place): string {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads a cursor. Throws {@link CursorError} for what is none. */
export function fromCursor(cursor: string): Place {
  try {
    const base64 = cursor.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const [createdAt, id] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    if (Number.isSafeInteger(createdAt) && typeof id === 'string') return [createdAt as number, id];
  } catch {
    // What cannot be read is no cursor either.
  }
  throw new CursorError();
}

/**
 * Makes a page of what was found in reading order, one more than the limit if there is more. Reading backward finds
 * the nearest first, which comes last on the page.
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
