import { byId } from './dom.ts';
import type { LogEntry } from './session/log-entry.ts';
import { createSession } from './session/session.ts';

/** The state of the connection to the source of the messages. */
export interface SourceState {
  readonly label: string;
  /** Whether more messages are expected: `live`, `waiting` for the first one, `still` or `lost`. */
  readonly tone: 'live' | 'waiting' | 'still' | 'lost';
  /** Whether the server requires a token. */
  readonly needsToken?: boolean;
}

/** The sandbox that the address names, as in `#sandbox=s7jus08q`. */
export const sandboxInAddress = () => new URLSearchParams(location.hash.slice(1)).get('sandbox') ?? '';

/** The state of the page. */
export const state = {
  session: createSession(),
  /** The id of the selected sandbox, which may have no messages yet; the first sandbox when empty. */
  sandbox: sandboxInAddress(),
  /** The selected line, from 1. When undefined, the page follows the newest line. */
  place: undefined as number | undefined,
  tab: 'Events',
  filter: '',
  source: { label: '', tone: 'waiting' } as SourceState,
};

let draw = () => {};
let isDue = false;

/** Sets the function that draws the page. It runs now, and once in the frame after a change. */
export function whenChanged(act: () => void): void {
  draw = act;
  draw();
}

/** Changes the state and draws the page again. */
export function changed(change?: Partial<typeof state>): void {
  Object.assign(state, change);
  if (!isDue)
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  isDue = true;
}

/** The lines of the selected sandbox. */
export const linesOf = (): LogEntry[] =>
  state.session.entries.filter(({ sandbox }) => sandbox === state.sandbox);

/** The lines of the selected sandbox, up to the selected line. */
export const linesSoFar = (): LogEntry[] => linesOf().slice(0, state.place);

/** Goes to a line; undefined follows the newest. */
export function go(place: number | undefined): void {
  const isBefore = place !== undefined && place < linesOf().length;
  changed({ place: isBefore ? Math.max(1, place) : undefined });
}

/** Moves by a number of lines. */
export const step = (by: number) => go((state.place ?? linesOf().length) + by);

/** Stops at the newest line, or follows it again. */
export const toggle = () => go(state.place === undefined ? linesOf().length - 1 : undefined);

/** Shows another view. */
export function choose(tab: string): void {
  byId('panel').scrollTop = 0;
  changed({ tab });
}

/** Selects another sandbox. */
export function pick(sandbox: string): void {
  if (sandbox !== sandboxInAddress()) location.hash = `sandbox=${encodeURIComponent(sandbox)}`;
  changed({ sandbox, place: undefined });
}
