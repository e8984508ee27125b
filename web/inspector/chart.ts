import { isHot, staysHot } from '../../src/inspect/chart/hot.ts';
import { factsOf } from './facts.ts';
import { linesSoFar } from './state.ts';

let shown = '';

/** Marks in the chart what is true, what is shown, and what happened last. The drawing itself stays as it is. */
export function markChart(chart: Element): void {
  const { truth, prediction, last } = factsOf(linesSoFar());
  const hot =
    last?.before && last.after
      ? { source: last.before.path, target: last.after.path, event: last.event }
      : undefined;
  for (const node of chart.querySelectorAll<SVGElement>('[data-state],[data-source]')) {
    const { state = '', source = '', target = '' } = node.dataset;
    node.classList.toggle('active', state !== '' && state === truth?.path);
    node.classList.toggle('predicted', state !== '' && state === prediction?.path);
    const taken = state === '' ? isHot(source, target, hot) : staysHot(state, hot);
    let isTaken = false;
    for (const label of node.querySelectorAll<SVGElement>(':scope>[data-event]')) {
      const isThis = taken && label.dataset['event'] === hot?.event;
      label.classList.toggle('hot', isThis);
      isTaken ||= isThis;
    }
    node.classList.toggle('hot', isTaken && state === '');
    node.classList.toggle('leaves', source !== '' && `${truth?.path}.`.startsWith(`${source}.`));
  }
  chart.classList.toggle('marked', truth !== undefined);
  if (truth?.path !== shown) bringIntoView(chart, truth?.path ?? '');
  shown = truth?.path ?? '';
}

function bringIntoView(chart: Element, path: string): void {
  const state = [...chart.querySelectorAll<SVGElement>('[data-state]')].find(
    ({ dataset }) => dataset['state'] === path,
  );
  const box = state?.firstElementChild?.getBoundingClientRect();
  if (box === undefined) return;
  const around = chart.getBoundingClientRect();
  if (box.top >= around.top && box.bottom <= around.bottom) return;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const by = box.top + box.height / 2 - around.top - around.height / 2;
  chart.scrollBy({ top: by, behavior: isCalm ? 'auto' : 'smooth' });
}

/** The chart as it is now, as the text of an SVG file. */
export function chartText(chart: Element): string {
  return new XMLSerializer().serializeToString(chart.querySelector('svg') as SVGElement);
}
