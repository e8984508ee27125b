import { type Entry, Session } from './session.ts';
import type { SourceState } from './sources.ts';

/** The views beside the chart, in the order of their tabs. */
export const tabs = ['Events', 'Next', 'Record', 'Sequence', 'Latency'] as const;

/** All that the page shows is made from this. */
export const state = {
  session: new Session(),
  sandbox: '',
  /** How many lines of the sandbox are looked at; all of them, and those to come, when undefined. */
  place: undefined as number | undefined,
  tab: 'Events' as (typeof tabs)[number],
  filter: '',
  source: { label: '', tone: 'waiting' } as SourceState,
};

/** What the page was asked to do. */
export const actions = {
  /** Set by the page: draws everything anew, soon. */
  draw: () => {},
  go(place: number | undefined): void {
    const { length } = linesOf();
    state.place = place === undefined || place >= length ? undefined : Math.max(1, place);
    actions.draw();
  },
  step(by: number): void {
    actions.go((state.place ?? linesOf().length) + by);
  },
};

/** The lines of the sandbox that is looked at. */
export const linesOf = (): Entry[] =>
  state.session.entries.filter(({ sandbox }) => sandbox === state.sandbox);

/** Those up to where one looks. */
export const linesSoFar = (): Entry[] => linesOf().slice(0, state.place);
