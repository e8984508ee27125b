import type { Box, ChartState } from './geometry.ts';
import { type HotTransition, staysHot } from './hot.ts';
import { drawLabel } from './label.ts';
import { metrics } from './metrics.ts';
import { element, escapeText } from './svg.ts';

const { padding, titleHeight, lineHeight, gap } = metrics;
const radius = 10;

/** What stands out in a chart. */
export interface Marks {
  readonly active: string | undefined;
  readonly predicted: string | undefined;
  readonly hot: HotTransition | undefined;
}

/** Draws a state, and the states in it. The one whose path is `active` stands out. */
export function drawState(state: ChartState, marks: Marks): string {
  const { active, predicted, hot } = marks;
  const content = [
    drawBox(state),
    drawText(state),
    ...state.stays.map((label) => drawLabel(label, label.event === hot?.event && staysHot(state.path, hot))),
    ...state.states.map((child) => drawState(child, marks)),
  ];
  const classes = ['state', state.path === active && 'active', state.path === predicted && 'predicted'];
  const attributes = {
    class: classes.filter(Boolean).join(' '),
    ...(state.path === active && { 'aria-current': 'true' }),
    'data-state': state.path,
  };
  return element('g', attributes, content.join(''));
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
