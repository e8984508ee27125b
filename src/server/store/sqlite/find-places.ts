import { nextTurn } from '../../../utils/next-turn.ts';
import { comparePlaces, type Place } from '../paging.ts';
import type { PlaceSource, Range } from './places.ts';

/** The seeks after which a read lets other work run. One seek takes some microseconds. */
const seeksPerTurn = 500;

/** Creates the union of sources that have no place in common. */
export function unionOf(sources: readonly PlaceSource[], { direction }: Range): PlaceSource {
  const [only, ...others] = sources;
  if (only !== undefined && others.length === 0) return only;
  const sign = direction === 'forward' ? 1 : -1;
  return {
    next: (from, limit) =>
      sources
        .flatMap((source) => source.next(from, limit))
        .sort((a, b) => sign * comparePlaces(a, b))
        .slice(0, limit),
  };
}

/**
 * Finds the places that all sources have, after a place, at most `limit`. Several sources take turns: each moves to its first
 * place from where the one before it is, so the cost depends on how often they alternate and not on how many places they have.
 */
export async function findPlaces(
  sources: readonly PlaceSource[],
  after: Place,
  limit: number,
): Promise<readonly Place[]> {
  const [only, ...others] = sources;
  if (only === undefined) return [];
  if (others.length === 0) return only.next({ place: after, inclusive: false }, limit);
  const found: Place[] = [];
  let from = { place: after, inclusive: false };
  let agreeing = 0;
  for (let seeks = 0; found.length < limit; seeks++) {
    const [place] = (sources[seeks % sources.length] as PlaceSource).next(from, 1);
    if (place === undefined) break;
    agreeing = from.inclusive && place[2] === from.place[2] ? agreeing + 1 : 1;
    if (agreeing === sources.length) found.push(place);
    from = { place, inclusive: agreeing < sources.length };
    if (seeks % seeksPerTurn === seeksPerTurn - 1) await nextTurn();
  }
  return found;
}
