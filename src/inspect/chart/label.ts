import { escapeMarkup } from '../../utils/escape-markup.ts';
import type { ChartLabel, ChartLegend, EventKind, Point } from './geometry.ts';
import { metrics } from './metrics.ts';
import { at, element } from './svg.ts';

const { lineHeight, signWidth, space } = metrics;

/** From the top of a line to its baseline. */
const baseline = 12.5;

/**
 * Draws a transition: the sign of its sender, its event, and its guard in brackets. `origin` is the position of the
 * group that contains the label.
 */
export function drawLabel(label: ChartLabel, { highlighted = false, origin }: LabelOptions = {}): string {
  const { event, kind, condition, wraps, meaning, box } = label;
  const guard = condition === undefined ? '' : escapeMarkup(`[${condition}]`);
  const beside = guard === '' || wraps ? '' : element('tspan', { class: 'quiet', dx: space }, guard);
  const words = element('tspan', { class: 'event' }, escapeMarkup(event)) + beside;
  return element(
    'g',
    { ...(highlighted && { class: 'highlighted' }), 'data-event': event, ...at(box, origin) },
    element('title', {}, escapeMarkup(meaning)) +
      signs[kind] +
      element('text', { x: signWidth, y: baseline }, words) +
      (wraps ? drawQuiet(guard, 1) : ''),
  );
}

/** Options of {@link drawLabel}. */
interface LabelOptions {
  /** Whether it is the last transition. */
  readonly highlighted?: boolean;
  readonly origin?: Point;
}

/** Draws an entry of the legend. */
export function drawLegend({ kind, lines, box }: ChartLegend): string {
  const texts = lines.map((line, index) => drawQuiet(escapeMarkup(line), index));
  return element('g', at(box), signs[kind] + texts.join(''));
}

const drawQuiet = (markup: string, line: number) =>
  element('text', { class: 'quiet', x: signWidth, y: baseline + line * lineHeight }, markup);

/** The signs differ in shape as well as in colour, for readers who do not see colours. */
const signs: Readonly<Record<EventKind, string>> = {
  command: element('circle', { class: 'command', cx: 4, cy: 8.5, r: 3.5 }),
  report: element('path', { class: 'report', d: 'M4 4l4.5 4.5l-4.5 4.5l-4.5 -4.5z' }),
  clock:
    element('circle', { class: 'clock', cx: 4, cy: 8.5, r: 4 }) +
    element('path', { class: 'clock', d: 'M4 6.3v2.2l1.6 1' }),
};
