import { isHighlighted } from '../../../src/inspect/chart/highlight.ts';
import { factsOf } from '../session/facts.ts';
import { linesSoFar } from '../state.ts';

let shown = '';

/** Marks in the chart what is true, what is shown, and what happened last. The drawing itself stays as it is. */
export function markChart(chart: Element): void {
  const { truth, prediction, last } = factsOf(linesSoFar());
  const { path = '' } = truth ?? {};
  const { before, after, event = '' } = last ?? {};
  const hot = before && after ? { source: before.path, target: after.path, event } : undefined;
  for (const node of chart.querySelectorAll<SVGElement>('[data-state],[data-source]')) {
    const { state, source = state ?? '', target = state ?? '' } = node.dataset;
    const isTaken = isHighlighted(source, target, hot);
    let mark = false;
    for (const label of node.querySelectorAll(':scope>g:not([data-state])')) {
      const isThis = isTaken && label.querySelector('.event')?.textContent === event;
      label.classList.toggle('hot', isThis);
      mark ||= isThis;
    }
    node.classList.toggle('active', state === path);
    node.classList.toggle('predicted', state !== undefined && state === prediction?.path);
    node.classList.toggle('hot', mark && state === undefined);
    node.classList.toggle('leaves', state === undefined && `${path}.`.startsWith(`${source}.`));
  }
  chart.classList.toggle('marked', path !== '');
  if (path !== shown) bringIntoView(chart, path);
  shown = path;
}

/** Scrolls the chart and never the page around it. */
function bringIntoView(chart: Element, path: string): void {
  const state = chart.querySelector(`[data-state="${CSS.escape(path)}"]>rect`);
  const box = state?.getBoundingClientRect();
  const around = chart.getBoundingClientRect();
  if (box && (box.top < around.top || box.bottom > around.bottom))
    chart.scrollBy(0, (box.top + box.bottom - around.top - around.bottom) / 2);
}

/** The chart as it is now, as the text of an SVG file. */
export function chartText(chart: Element): string {
  return new XMLSerializer().serializeToString(chart.querySelector('svg') as SVGElement);
}
