import type { Box, ChartLabel, ChartLegend, EventKind } from './geometry.ts';
import { metrics } from './metrics.ts';
import { element, escapeText } from './svg.ts';

const { lineHeight, signWidth, space } = metrics;

/** From the top of a line to the foot of its letters. */
const foot = 12.5;

/** Draws a transition: who sends the event, the event, and its guard in brackets. */
export function drawLabel({ event, kind, condition, wraps, meaning, box }: ChartLabel, hot = false): string {
  const x = box.x + signWidth;
  const y = box.y + foot;
  const guard = condition === undefined ? '' : escapeText(`[${condition}]`);
  const beside = guard === '' || wraps ? '' : element('tspan', { class: 'quiet', dx: space }, guard);
  const words = element('tspan', { class: 'event' }, escapeText(event)) + beside;
  const below = wraps ? element('text', { class: 'quiet', x, y: y + lineHeight }, guard) : '';
  return element(
    'g',
    { ...(hot && { class: 'hot' }), 'data-event': event },
    element('title', {}, escapeText(meaning)) +
      drawSign(kind, box) +
      element('text', { x, y }, words) +
      below,
  );
}

/** Draws an entry of the legend. */
export function drawLegend({ kind, lines, box }: ChartLegend): string {
  const texts = lines.map((line, index) => {
    const at = { x: box.x + signWidth, y: box.y + foot + index * lineHeight };
    return element('text', { class: 'quiet', ...at }, escapeText(line));
  });
  return drawSign(kind, box) + texts.join('');
}

/** The signs differ in shape as well as in colour, so that they can be told without it. */
function drawSign(kind: EventKind, box: Box): string {
  const x = box.x + 4;
  const y = box.y + 8.5;
  if (kind === 'command') return element('circle', { class: 'command', cx: x, cy: y, r: 3.5 });
  if (kind === 'report')
    return element('path', { class: 'report', d: `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z` });
  return (
    element('circle', { class: 'clock', cx: x, cy: y, r: 4 }) +
    element('path', { class: 'clock', d: `M${x} ${y - 2.2}v2.2l1.6 1` })
  );
}
