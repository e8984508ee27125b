import { byId } from './dom.ts';
import type { LogEntry } from './session/log-entry.ts';
import { createSession } from './session/session.ts';

/** The state of the connection to the source of the messages. */
export interface SourceState {
  readonly label: string;
  /** Whether more messages are expected: `live`, `waiting` for the first one, `still` or `lost`. */
  readonly tone: 'live' | 'waiting' | 'still' | 'lost';
  /** The server wants a token. */
  readonly needsToken?: boolean;
}

/** The sandbox that the address names, as in `#sandbox=s7jus08q`. */
export const sandboxInAddress = () => new URLSearchParams(location.hash.slice(1)).get('sandbox') ?? '';

/** All that the page shows is made from this. */
export const state = {
  session: createSession(),
  /** The one that is looked at, which may still have to be told of; the first that is, when empty. */
  sandbox: sandboxInAddress(),
  /** How many lines of the sandbox are looked at; all of them, and those to come, when undefined. */
  place: undefined as number | undefined,
  tab: 'Events',
  filter: '',
  source: { label: '', tone: 'waiting' } as SourceState,
};

let draw = () => {};
let isDue = false;

/** Has everything drawn by this function: now, and anew soon after it has changed. */
export function whenChanged(act: () => void): void {
  draw = act;
  draw();
}

/** Something has changed. */
export function changed(change?: Partial<typeof state>): void {
  Object.assign(state, change);
  if (!isDue)
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  isDue = true;
}

/** The lines of the sandbox that is looked at. */
export const linesOf = (): LogEntry[] =>
  state.session.entries.filter(({ sandbox }) => sandbox === state.sandbox);

/** Those up to where one looks. */
export const linesSoFar = (): LogEntry[] => linesOf().slice(0, state.place);

/** Looks at a place of the session; undefined for the end, wherever it is. */
export function go(place: number | undefined): void {
  const isBefore = place !== undefined && place < linesOf().length;
  changed({ place: isBefore ? Math.max(1, place) : undefined });
}

/** So many steps on. */
export const step = (by: number) => go((state.place ?? linesOf().length) + by);

/** Stops here, or follows what happens. */
export const toggle = () => go(state.place === undefined ? linesOf().length - 1 : undefined);

/** Shows another view. */
export function choose(tab: string): void {
  byId('panel').scrollTop = 0;
  changed({ tab });
}

/** Looks at another sandbox. */
export function pick(sandbox: string): void {
  if (sandbox !== sandboxInAddress()) location.hash = `sandbox=${encodeURIComponent(sandbox)}`;
  changed({ sandbox, place: undefined });
}
