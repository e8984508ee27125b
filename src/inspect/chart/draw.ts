import { escapeMarkup } from '../../utils/escape-markup.ts';
import { drawEdge, drawStart } from './edge.ts';
import type { ChartGeometry } from './geometry.ts';
import type { HighlightedTransition } from './highlight.ts';
import { drawLegend } from './label.ts';
import { drawState } from './state.ts';
import { type ChartTheme, classOf, style } from './style.ts';
import { element } from './svg.ts';

/** Options of {@link drawChart}. */
export interface DrawOptions {
  /** The path of the active state, such as `suspended.idle`. */
  readonly active?: string;
  /** The path of the state that a client predicts. */
  readonly predicted?: string;
  /** The last transition. Its arrow and its label are highlighted. */
  readonly highlighted?: HighlightedTransition;
  /** `auto`, the default, follows the colour scheme of the reader's system. */
  readonly theme?: ChartTheme;
  /** The nonce of the style sheet, for a page whose policy requires one. */
  readonly nonce?: string;
}

/** Draws a chart as a self-contained SVG file. */
export function drawChart(
  geometry: ChartGeometry,
  { active, predicted, highlighted, theme = 'auto', nonce }: DrawOptions = {},
): string {
  const { width, height, title, description } = geometry;
  const marks = { active, predicted, highlighted };
  const content = [
    element('title', {}, escapeMarkup(title)),
    element('desc', {}, escapeMarkup(description)),
    element('style', nonce === undefined ? {} : { nonce }, style(theme)),
    // The background is painted, because a page may be dark while the reader's system is light.
    element('rect', { class: 'sheet', width, height, rx: 12 }),
    ...geometry.states.map((state) => drawState(state, marks)),
    ...geometry.starts.map(drawStart),
    ...geometry.edges.map((edge) => drawEdge(edge, highlighted)),
    ...geometry.legend.map(drawLegend),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    class: classOf(theme),
    role: 'img',
  };
  const picture = element('svg', attributes, `\n${content.join('\n')}\n`);
  return `${picture}\n`;
}
