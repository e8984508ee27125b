import { linesOf, state } from '../state.ts';

/** The number of messages at which the page drops the older half. */
const most = 20_000;
let limit = most;

/** Drops the oldest messages when there are too many. The selected line stays the same. */
export function trimSession(): void {
  const { session, source, place, sandbox } = state;
  if (source.tone !== 'live' || session.messages.length < limit) return;
  const { length } = linesOf();
  state.session = session.trim(most / 2, sandbox);
  limit = state.session.messages.length + most / 2;
  if (place !== undefined) state.place = Math.max(1, place - length + linesOf().length);
}
