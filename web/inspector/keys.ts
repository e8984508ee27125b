import { byId, h, on, terms } from './dom.ts';
import { choose, go, pick, state } from './state.ts';

/** What a control does, and the key for it in brackets. */
const titled = /^(.+) \((.+)\)$/;

/** What keys are called, where that is not what they write. */
const names: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', ' ': 'Space' };

/** What is done by keys that press no button. */
const keys: Readonly<Record<string, () => void>> = {
  Home: () => go(1),
  End: () => go(undefined),
  '[': () => stepSandbox(-1),
  ']': () => stepSandbox(1),
  '/'() {
    choose('Events');
    const filter = byId('filter');
    filter.hidden = false;
    filter.focus();
  },
};

/** Makes the page obey the keyboard, except while somebody writes. A key presses the button whose title has it. */
export function listenToKeys(): void {
  const dialog = byId<HTMLDialogElement>('keys');
  const controls = [...document.querySelectorAll<HTMLElement>('[title]')];
  const help = controls.map(({ title }) => (titled.exec(title) ?? []) as string[]);
  dialog.append(
    h('h2', 'Keys'),
    terms(help.map(([, meaning, key = '']) => [key, meaning])),
    h('form', { method: 'dialog' }, h('button', 'Close')),
  );
  on('help', 'click', () => dialog.showModal());

  addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const target = event.target as HTMLElement;
    if (ctrlKey || metaKey || altKey || dialog.open) return;
    if (target.matches('select, input:not([type=range])')) {
      if (key === 'Escape') target.blur();
      return;
    }
    if (key === ' ' && target.matches('button')) return;
    const name = names[key] ?? key.toUpperCase();
    const button = controls[help.findIndex(([, , named]) => named === name)];
    const act = keys[key] ?? (button && (() => button.click()));
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Looks at the sandbox before or after; after the last comes the first. */
function stepSandbox(by: number): void {
  const all = state.session.sandboxes();
  const next = all.at((all.indexOf(state.sandbox) + by) % all.length);
  if (next !== undefined) pick(next);
}
