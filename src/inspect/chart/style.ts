import { metrics } from './metrics.ts';

/** The colours of a chart: those of the reader's system, or fixed ones. */
export type ChartTheme = 'auto' | 'light' | 'dark';

interface Palette {
  readonly sheet: string;
  readonly box: string;
  readonly region: string;
  readonly border: string;
  readonly line: string;
  readonly ink: string;
  readonly quiet: string;
  readonly command: string;
  readonly report: string;
  readonly clock: string;
  readonly activeBox: string;
  readonly active: string;
}

const light: Palette = {
  sheet: '#ffffff',
  box: '#ffffff',
  region: '#f5f7fa',
  border: '#c3ccd6',
  line: '#8693a1',
  ink: '#1b2430',
  quiet: '#5a6776',
  command: '#2f6fde',
  report: '#12876f',
  clock: '#b3690c',
  activeBox: '#e6f0ff',
  active: '#2f6fde',
};

const dark: Palette = {
  sheet: '#0d1117',
  box: '#161c25',
  region: '#10161e',
  border: '#3a4553',
  line: '#6f7d8d',
  ink: '#e8eef5',
  quiet: '#9aa7b5',
  command: '#6ea8ff',
  report: '#4cc2a6',
  clock: '#e0a54a',
  activeBox: '#16294a',
  active: '#6ea8ff',
};

/**
 * Writes the style sheet of a chart. All rules begin with the class of the theme, because the style sheet of an inline
 * SVG applies to the whole page.
 */
export function style(theme: ChartTheme): string {
  const scope = `.${classOf(theme)}`;
  if (theme === 'dark') return layoutRules(scope) + colourRules(scope, dark);
  const rules = layoutRules(scope) + colourRules(scope, light);
  return theme === 'light'
    ? rules
    : `${rules}@media (prefers-color-scheme:dark){${colourRules(scope, dark)}}`;
}

/** The class of the `svg` element. */
export const classOf = (theme: ChartTheme): string => `lifecycle-chart-${theme}`;

/** The generic name comes late: on some systems it is a font that is wider than the layout assumes. */
const fonts =
  "-apple-system,'Segoe UI',Inter,Roboto,'Noto Sans','Liberation Sans',Arial,system-ui,sans-serif";

const layoutRules = (scope: string) =>
  `${scope} text{font:${metrics.textSize}px ${fonts}}` +
  `${scope} .name{font-size:${metrics.titleSize}px;font-weight:600}` +
  `${scope} .event{font-weight:500}` +
  `${scope} .box,${scope} .region,${scope} .ring{stroke-width:1.25}` +
  `${scope} .line{fill:none;stroke-width:1.5;stroke-linejoin:round}` +
  `${scope} .ring,${scope} .rule,${scope} .clock{fill:none}` +
  `${scope} .clock{stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}` +
  `${scope} .active>.box,${scope} .active>.region,${scope} .active>.ring{stroke-width:2}` +
  `${scope} .predicted>.box,${scope} .predicted>.region{stroke-width:2;stroke-dasharray:6 4}` +
  `${scope} .highlighted>.line{stroke-width:2.5}`;

const colourRules = (scope: string, palette: Palette) =>
  `${scope} .sheet{fill:${palette.sheet}}` +
  `${scope} .box{fill:${palette.box}}` +
  `${scope} .region{fill:${palette.region}}` +
  `${scope} .box,${scope} .region,${scope} .ring,${scope} .rule{stroke:${palette.border}}` +
  `${scope} .line{stroke:${palette.line}}` +
  `${scope} .head,${scope} .dot{fill:${palette.line}}` +
  `${scope} .name,${scope} .event{fill:${palette.ink}}` +
  `${scope} .quiet{fill:${palette.quiet}}` +
  `${scope} .command{fill:${palette.command}}` +
  `${scope} .report{fill:${palette.report}}` +
  `${scope} .clock{stroke:${palette.clock}}` +
  `${scope} .active>.box,${scope} .active>.region{fill:${palette.activeBox}}` +
  `${scope} .active>.box,${scope} .active>.region,${scope} .active>.ring,` +
  `${scope} .predicted>.box,${scope} .predicted>.region,${scope} .highlighted>.line{stroke:${palette.active}}` +
  `${scope} .active>.name,${scope} .highlighted>.head,${scope} .highlighted>text>.event{fill:${palette.active}}`;
