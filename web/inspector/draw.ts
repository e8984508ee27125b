import { byId, h, show } from './dom.ts';
import { linesOf, state } from './state.ts';
import { markTabs } from './tabs.ts';
import { markChart } from './views/chart.ts';
import { views } from './views/index.ts';
import { drawSummary } from './views/summary.ts';

const panel = byId('panel');
const content = byId('content');
let drawnLabels = '';

/** Draws the page. */
export function draw(): void {
  drawHeader();
  const { place, tab } = state;
  const { length } = linesOf();
  const value = place ?? length;
  Object.assign(byId('time'), { max: length, min: Math.min(1, length), value, disabled: !length });
  byId('place').textContent = `${value} of ${length}`;
  byId('live').ariaPressed = String(place === undefined);
  markTabs();
  markChart(byId('chart'));
  show('summary', drawSummary());
  const wasAtEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 40;
  show('content', views[tab]?.() ?? []);
  if (place !== undefined) content.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  else if (tab === 'Events' || (tab === 'Sequence' && wasAtEnd)) panel.scrollTop = panel.scrollHeight;
}

/** Draws the source, the token form and the list of sandboxes. */
function drawHeader(): void {
  const { session, source } = state;
  const all = session.sandboxes();
  state.sandbox ||= all[0] ?? '';
  const status = byId('state');
  if (status.textContent !== source.label) status.textContent = source.label;
  status.dataset['tone'] = source.tone;
  byId('token').hidden = !source.needsToken;
  byId('picker').hidden = all.every((id) => id === state.sandbox);
  const labels = all.map((id) => [session.names.get(id), id].filter(Boolean).join(' · '));
  // Redraws the list only after a change, because an open list would close.
  if (drawnLabels !== labels.join())
    show(
      'sandbox',
      all.map((value, at) => h('option', { value }, labels[at])),
    );
  drawnLabels = labels.join();
  byId<HTMLSelectElement>('sandbox').value = state.sandbox;
}
