import type { Box, ChartState } from './geometry.ts';
import { drawLabel } from './label.ts';
import { metrics } from './metrics.ts';
import { element, escapeText } from './svg.ts';

const { padding, titleHeight, lineHeight, gap } = metrics;
const radius = 10;

/** Draws a state, and the states in it. The one whose path is `active` stands out. */
export function drawState(state: ChartState, active: string | undefined): string {
  const content = [
    drawBox(state),
    drawText(state),
    ...state.stays.map(drawLabel),
    ...state.states.map((child) => drawState(child, active)),
  ];
  const marks =
    state.path === active ? { class: 'state active', 'aria-current': 'true' } : { class: 'state' };
  return element('g', { ...marks, 'data-state': state.path }, content.join(''));
}

function drawBox({ box, final, states, stays }: ChartState): string {
  const { x, y, width, height } = box;
  const shape = element('rect', {
    class: states.length > 0 ? 'region' : 'box',
    x,
    y,
    width,
    height,
    rx: radius,
  });
  const first = stays[0];
  const rule =
    first === undefined || states.length > 0
      ? ''
      : element('path', {
          class: 'rule',
          d: `M${x + padding} ${first.box.y - gap / 2}H${x + width - padding}`,
        });
  return final ? shape + drawRing(box) : shape + rule;
}

/** The inner of the two rings of a final state. */
function drawRing({ x, y, width, height }: Box): string {
  const inset = 4;
  return element('rect', {
    class: 'ring',
    x: x + inset,
    y: y + inset,
    width: width - 2 * inset,
    height: height - 2 * inset,
    rx: radius - inset,
  });
}

function drawText({ box, label, lines }: ChartState): string {
  const x = box.x + padding;
  const top = box.y + padding;
  const name = element('text', { class: 'name', x, y: top + 13 }, escapeText(label));
  const description = lines.map((line, at) =>
    element('text', { class: 'quiet', x, y: top + titleHeight + at * lineHeight + 12.5 }, escapeText(line)),
  );
  return name + description.join('');
}
