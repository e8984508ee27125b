import type { PageSource } from '../../src/pages/fill-page.ts';
import { byId, on } from './dom.ts';
import { draw } from './draw.ts';
import { listenToKeys } from './keys.ts';
import { listenToFiles } from './session/files.ts';
import { connect } from './session/sources.ts';
import { changed, go, pick, sandboxInAddress, state, step, toggle, whenChanged } from './state.ts';
import { makeTabs } from './tabs.ts';

const source = JSON.parse(byId('source').textContent ?? '{}') as PageSource;

/** Listens to the input of a control, and passes its value. */
const onInput = (id: string, act: (value: string) => void) =>
  on(id, 'input', ({ target }) => act((target as HTMLInputElement).value));

// Both scroll, so both must be reachable by the keyboard.
byId('chart').tabIndex = byId('panel').tabIndex = 0;
makeTabs();
listenToKeys();
onInput('sandbox', pick);
onInput('time', (value) => go(Number(value)));
onInput('filter', (filter) => changed({ filter }));
on('back', 'click', () => step(-1));
on('forth', 'click', () => step(1));
on('live', 'click', toggle);
addEventListener('hashchange', () => {
  const sandbox = sandboxInAddress();
  if (sandbox !== state.sandbox) pick(sandbox);
});

let stop = connect(source);
listenToFiles(() => stop());
on('token', 'submit', (event) => {
  event.preventDefault();
  const secret = byId<HTMLInputElement>('secret');
  stop();
  stop = connect(source, secret.value);
  secret.value = '';
});
whenChanged(draw);
