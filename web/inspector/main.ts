import { fillPage, type PageSource } from '../../src/inspect/relay/fill-page.ts';
import { parseSession } from '../../src/inspect/session-file.ts';
import { chartText, markChart } from './chart.ts';
import { byId, h, save, show } from './dom.ts';
import { listenToKeys } from './keys.ts';
import { drawLatency } from './latency.ts';
import { drawLog } from './log.ts';
import { drawNow } from './now.ts';
import { drawRecord } from './record.ts';
import { drawSequence } from './sequence.ts';
import { listen } from './sources.ts';
import { actions, linesOf, state, tabs } from './state.ts';
import { drawWays } from './ways.ts';

/** The page as it was sent, before anything was written into it. */
const pristine = `<!doctype html>\n${document.documentElement.outerHTML.replace(/<script>[\s\S]*$/, '')}`;
const source = JSON.parse(byId('source').textContent ?? '{}') as PageSource;
const script = document.currentScript?.textContent ?? '';

const views = {
  Events: drawLog,
  Next: drawWays,
  Record: drawRecord,
  Sequence: drawSequence,
  Latency: drawLatency,
};
const chart = byId('chart');
const picker = byId<HTMLSelectElement>('sandbox');
const time = byId<HTMLInputElement>('time');
const list = document.querySelector('[role=tablist]') as HTMLElement;
const panel = byId('panel');
const filter = h('input', {
  id: 'filter',
  type: 'search',
  'aria-label': 'Filter',
  placeholder: 'Filter: refused suspend…',
  oninput: () => {
    state.filter = (filter as HTMLInputElement).value;
    actions.draw();
  },
});
const content = h('div');
panel.append(filter, content);
// Both scroll, so both can be reached by the keyboard.
panel.tabIndex = chart.tabIndex = 0;

list.append(
  ...tabs.map((name, index) =>
    h(
      'button',
      {
        id: `tab-${name}`,
        role: 'tab',
        'aria-controls': 'panel',
        onclick: () => chooseTab(index),
        onkeydown: (event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1 }[(event as KeyboardEvent).key];
          if (by === undefined) return;
          event.stopPropagation();
          chooseTab((index + by + tabs.length) % tabs.length);
          byId(`tab-${state.tab}`).focus();
        },
      },
      name,
    ),
  ),
);

function chooseTab(index: number): void {
  state.tab = tabs[index] ?? 'Events';
  panel.scrollTop = 0;
  actions.draw();
}

function chooseSandbox(by: number): void {
  const all = state.session.sandboxes();
  const next = all[(all.indexOf(state.sandbox) + by + all.length) % all.length];
  if (next === undefined) return;
  state.sandbox = next;
  state.place = undefined;
  actions.draw();
}

function draw(): void {
  const all = state.session.sandboxes();
  if (!all.includes(state.sandbox)) state.sandbox = all[0] ?? '';
  const { label, tone, needsToken = false } = state.source;
  const status = byId('state');
  if (status.textContent !== label) status.textContent = label;
  status.dataset['tone'] = tone;
  byId('token').hidden = !needsToken;
  byId('picker').hidden = all.length < 2;
  if (picker.options.length !== all.length) show(picker, ...all.map((id) => h('option', { value: id }, id)));
  picker.value = state.sandbox;

  const { length } = linesOf();
  const here = state.place ?? length;
  time.max = String(length);
  time.min = length > 0 ? '1' : '0';
  time.value = String(here);
  time.disabled = length === 0;
  byId('place').textContent = `${here} of ${length}`;
  byId('live').setAttribute('aria-pressed', String(state.place === undefined));
  for (const tab of list.children) {
    const isChosen = tab.id === `tab-${state.tab}`;
    tab.setAttribute('aria-selected', String(isChosen));
    tab.setAttribute('tabindex', isChosen ? '0' : '-1');
  }
  panel.setAttribute('aria-labelledby', `tab-${state.tab}`);
  filter.hidden = state.tab !== 'Events';

  markChart(chart);
  show(byId('now'), ...drawNow());
  const wasAtEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 40;
  show(content, ...views[state.tab]());
  const current = content.querySelector('[aria-current]');
  if (state.place !== undefined) current?.scrollIntoView({ block: 'nearest' });
  else if (state.tab === 'Events' || (state.tab === 'Sequence' && wasAtEnd))
    panel.scrollTop = panel.scrollHeight;
}

let isDue = false;
actions.draw = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
};

const listener = {
  tell(message: Parameters<typeof state.session.tell>[0]) {
    state.session.tell(message);
    actions.draw();
  },
  reset() {
    state.session.clear();
    actions.draw();
  },
  state(next: typeof state.source) {
    state.source = next;
    actions.draw();
  },
};

function on(id: string, event: string, act: () => void): void {
  byId(id).addEventListener(event, act);
}

picker.addEventListener('change', () => {
  state.sandbox = picker.value;
  state.place = undefined;
  actions.draw();
});
time.addEventListener('input', () => actions.go(Number(time.value)));
on('back', 'click', () => actions.step(-1));
on('forth', 'click', () => actions.step(1));
on('live', 'click', () => actions.go(state.place === undefined ? linesOf().length - 1 : undefined));
on('print', 'click', () => save('lifecycle.svg', 'image/svg+xml', chartText(chart)));
on('export', 'click', () =>
  save('session.json', 'application/json', JSON.stringify({ session: state.session.messages })),
);
on('page', 'click', () => {
  const page = `${pristine}<script>${script}</script>\n</body>\n</html>\n`;
  save('session.html', 'text/html', fillPage(page, { session: state.session.messages }));
});
const file = byId<HTMLInputElement>('file');
on('open', 'click', () => file.click());
file.addEventListener('change', async () => {
  const [chosen] = file.files ?? [];
  if (chosen === undefined) return;
  file.value = '';
  try {
    const messages = parseSession(await chosen.text());
    listener.reset();
    state.place = undefined;
    for (const message of messages) listener.tell(message);
    listener.state({ label: `Session ${chosen.name}`, tone: 'still' });
  } catch (error) {
    listener.state({ label: (error as Error).message, tone: 'lost' });
  }
});
byId('token').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('token').querySelector('input') as HTMLInputElement;
  listen(source, listener, field.value);
  field.value = '';
});

listenToKeys({ tab: chooseTab, sandbox: chooseSandbox });
listen(source, listener);
draw();
