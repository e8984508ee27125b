import { h } from '../dom.ts';
import type { LogEntry } from '../session/log-entry.ts';
import { go, linesOf, state } from '../state.ts';
import { clock, duration } from '../time.ts';

/** The number of lines to draw at most, around the selected one. */
const most = 400;

const toWords = ({ kind, event, after, before, reason, isPrediction }: LogEntry): string =>
  [kind, event, before?.path, after?.path, reason?.code, reason?.message, isPrediction ? 'client' : '']
    .join(' ')
    .toLowerCase();

/** Draws the log: the lines that contain all words of the filter. */
export function drawLog(): Node[] {
  const all = linesOf();
  const words = state.filter.toLowerCase().split(/\s+/);
  const matching = all
    .map((entry, at) => ({ entry, place: at + 1 }))
    .filter(({ entry }) => words.every((word) => toWords(entry).includes(word)));
  const here = state.place ?? all.length;
  const middle = matching.findLastIndex(({ place }) => place <= here);
  const from = Math.max(0, Math.min(middle - most / 2, matching.length - most));
  const drawn = matching.slice(from, from + most);
  return [
    h(
      'p.empty',
      `${matching.length} of ${all.length} lines`,
      drawn.length < matching.length && `, ${drawn.length} shown`,
      state.session.isTrimmed && '; earlier ones were dropped',
    ),
    h('ol.log', ...drawn.map(({ entry, place }) => drawLine(entry, place, here))),
  ];
}

function drawLine(entry: LogEntry, place: number, here: number): HTMLElement {
  const { kind, event, before, after, reason, latencyMs, at, isPrediction } = entry;
  const path = after && before && after.path !== before.path ? `${before.path} → ${after.path}` : after?.path;
  return h(
    'li',
    h(
      place > here ? 'button.later' : 'button',
      {
        id: `line-${place}`,
        'data-kind': kind,
        'aria-current': place === here && 'true',
        click: () => go(place),
      },
      h('time', clock(at)),
      h('b', event),
      h('i', kind),
      h('span', isPrediction ? `client: ${path ?? ''}` : (path ?? '')),
      latencyMs !== undefined && h('small', `after ${duration(latencyMs)}`),
      reason !== undefined && h('em', reason.message || reason.code.replace('_', ' ')),
    ),
  );
}
