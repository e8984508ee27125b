import { escapeMarkup } from '../../utils/escape-markup.ts';
import type { Box, ChartState, Point } from './geometry.ts';
import { type HighlightedTransition, staysHighlighted } from './highlight.ts';
import { drawLabel } from './label.ts';
import { metrics } from './metrics.ts';
import { at, element } from './svg.ts';

const { padding, titleHeight, lineHeight, gap } = metrics;
const radius = 10;

/** The highlighted parts of a chart. */
export interface Marks {
  readonly active: string | undefined;
  readonly predicted: string | undefined;
  readonly highlighted: HighlightedTransition | undefined;
}

/** Draws a state and its child states. `origin` is the position of the group that contains the state. */
export function drawState(state: ChartState, marks: Marks, origin?: Point): string {
  const { path, box, stays, states } = state;
  const { active, predicted, highlighted } = marks;
  const content = [
    drawBox(state),
    drawText(state),
    ...stays.map((label) =>
      drawLabel(label, {
        highlighted: label.event === highlighted?.event && staysHighlighted(path, highlighted),
        origin: box,
      }),
    ),
    ...states.map((child) => drawState(child, marks, box)),
  ];
  const classes = ['state', path === active && 'active', path === predicted && 'predicted'];
  const attributes = {
    class: classes.filter(Boolean).join(' '),
    ...(path === active && { 'aria-current': 'true' }),
    'data-state': path,
    ...at(box, origin),
  };
  return element('g', attributes, content.join(''));
}

function drawBox({ box, final, states, stays }: ChartState): string {
  const { width, height } = box;
  const shape = element('rect', { class: states.length > 0 ? 'region' : 'box', width, height, rx: radius });
  if (final) return shape + drawRing(box);
  const [first] = stays;
  if (first === undefined || states.length > 0) return shape;
  const rule = `M${padding} ${first.box.y - box.y - gap / 2}h${width - 2 * padding}`;
  return shape + element('path', { class: 'rule', d: rule });
}

/** Draws the inner of the two rings of a final state. */
function drawRing({ width, height }: Box): string {
  const inset = 4;
  return element('rect', {
    class: 'ring',
    x: inset,
    y: inset,
    width: width - 2 * inset,
    height: height - 2 * inset,
    rx: radius - inset,
  });
}

function drawText({ label, lines }: ChartState): string {
  const name = element('text', { class: 'name', x: padding, y: padding + 13 }, escapeMarkup(label));
  const description = lines.map((line, index) => {
    const y = padding + titleHeight + index * lineHeight + 12.5;
    return element('text', { class: 'quiet', x: padding, y }, escapeMarkup(line));
  });
  return name + description.join('');
}
