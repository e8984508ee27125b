import { byId, h, show } from './dom.ts';
import { linesOf, state } from './state.ts';
import { markTabs } from './tabs.ts';
import { markChart } from './views/chart.ts';
import { views } from './views/index.ts';
import { drawSummary } from './views/summary.ts';

const panel = byId('panel');
const content = byId('content');
let offered = '';

/** Draws all that the page shows. */
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

/** Where it comes from, and of which sandbox it is. */
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
  // An open list of choices would close, so it is only drawn when it has changed.
  if (offered !== labels.join())
    show(
      'sandbox',
      all.map((value, at) => h('option', { value }, labels[at])),
    );
  offered = labels.join();
  byId<HTMLSelectElement>('sandbox').value = state.sandbox;
}
