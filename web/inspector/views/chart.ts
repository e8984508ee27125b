import { isHighlighted } from '../../../src/inspect/chart/highlight.ts';
import { factsOf } from '../session/facts.ts';
import { linesSoFar } from '../state.ts';

let shownPath = '';

/** Marks the confirmed state, the predicted one and the last transition in the chart. */
export function markChart(chart: Element): void {
  const { confirmed, prediction, last } = factsOf(linesSoFar());
  const { path = '' } = confirmed ?? {};
  const { before, after, event = '' } = last ?? {};
  const taken = before && after ? { source: before.path, target: after.path, event } : undefined;
  for (const node of chart.querySelectorAll<SVGElement>('[data-state],[data-source]')) {
    const { state, source = state ?? '', target = state ?? '' } = node.dataset;
    const isTaken = isHighlighted(source, target, taken);
    let hasTaken = false;
    for (const label of node.querySelectorAll(':scope>g:not([data-state])')) {
      const isThis = isTaken && label.querySelector('.event')?.textContent === event;
      label.classList.toggle('highlighted', isThis);
      hasTaken ||= isThis;
    }
    node.classList.toggle('active', state === path);
    node.classList.toggle('predicted', state !== undefined && state === prediction?.path);
    node.classList.toggle('highlighted', hasTaken && state === undefined);
    node.classList.toggle('leaves', state === undefined && `${path}.`.startsWith(`${source}.`));
  }
  chart.classList.toggle('marked', path !== '');
  if (path !== shownPath) bringIntoView(chart, path);
  shownPath = path;
}

/** Scrolls the chart without the page around it. */
function bringIntoView(chart: Element, path: string): void {
  const state = chart.querySelector(`[data-state="${CSS.escape(path)}"]>rect`);
  const box = state?.getBoundingClientRect();
  const around = chart.getBoundingClientRect();
  if (box && (box.top < around.top || box.bottom > around.bottom))
    chart.scrollBy(0, (box.top + box.bottom - around.top - around.bottom) / 2);
}

/** Returns the chart with its marks, as an SVG file. */
export function chartText(chart: Element): string {
  return new XMLSerializer().serializeToString(chart.querySelector('svg') as SVGElement);
}
