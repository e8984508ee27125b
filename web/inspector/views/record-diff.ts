import { empty, h } from '../dom.ts';
import { type Difference, difference } from '../session/facts.ts';
import { linesSoFar } from '../state.ts';

/** Draws the record at the selected line, with the fields that the line changed. */
export function drawRecord(): Node[] {
  const line = linesSoFar().at(-1);
  const fields = difference(line?.before, line?.after);
  if (line === undefined || fields.length === 0) return empty('No record yet.');
  return [
    ...empty(`After ${line.event}${line.isPrediction ? ', as the client shows it' : ''}`),
    h(
      'table',
      h('thead', h('tr', ...['Field', 'Before', 'After'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', ...fields.map(drawField)),
    ),
  ];
}

const drawField = ({ field, before, after, hasChanged }: Difference) =>
  h(
    hasChanged ? 'tr.changed' : 'tr',
    h('th', { scope: 'row' }, field),
    h('td', hasChanged ? (before ?? '–') : ''),
    h('td', after ?? '–'),
  );
