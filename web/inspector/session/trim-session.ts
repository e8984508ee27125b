import { linesOf, state } from '../state.ts';

/** How many messages are kept at most while more of them come; then the older half goes. */
const most = 20_000;
let full = most;

/** Makes room for what is told. Who looks back goes on looking at the same line. */
export function makeRoom(): void {
  const { session, source, place, sandbox } = state;
  if (source.tone !== 'live' || session.messages.length < full) return;
  const { length } = linesOf();
  state.session = session.cut(most / 2, sandbox);
  full = state.session.messages.length + most / 2;
  if (place !== undefined) state.place = Math.max(1, place - length + linesOf().length);
}
