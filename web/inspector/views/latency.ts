import { empty, h, latest } from '../dom.ts';
import { type Operation, operationsOf } from '../session/facts.ts';
import { linesSoFar } from '../state.ts';
import { clock, duration } from '../time.ts';

/** An operation or a command, and how long it took. */
interface Bar {
  readonly name: string;
  readonly end: string;
  readonly took: string;
  readonly ms: number;
}

/** Draws how long each operation took, and each command of a client until its result. */
export function drawLatency(): Node[] {
  const lines = linesSoFar();
  const operations = operationsOf(lines).map(barOf);
  const commands = lines.flatMap(({ event, kind, latencyMs: ms }): Bar[] =>
    ms === undefined ? [] : [{ name: event, end: kind, took: duration(ms), ms }],
  );
  const longest = [...operations, ...commands].reduce((most, { ms }) => Math.max(most, ms), 1);
  const drawBars = (title: string, bars: readonly Bar[]) => {
    const { last, note } = latest(bars);
    const list = h('ul', ...last.map((bar) => drawBar(bar, longest)));
    return [h('h2', title), ...(bars.length === 0 ? empty('None yet.') : [...note, list])];
  };
  return [
    ...drawBars('Platform operations', operations),
    ...(commands.length > 0 ? drawBars('Client commands', commands) : []),
  ];
}

function barOf({ kind, id, beganAt, endedAt = beganAt, end, deadline }: Operation): Bar {
  const ms = endedAt - beganAt;
  const took = end === undefined ? `until ${clock(deadline)}` : duration(ms);
  return { name: `${kind} #${id}`, end: end ?? 'in flight', took, ms };
}

function drawBar({ name, end, took, ms }: Bar, longest: number): HTMLElement {
  const line = h('span.bar');
  line.style.setProperty('--share', String(ms / longest));
  return h('li', h('b', name), h('span', end), h('small', took), line);
}
