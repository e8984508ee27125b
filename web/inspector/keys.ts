import { byId, h, on, terms } from './dom.ts';
import { choose, go, pick, state } from './state.ts';

/** The title of a control: its purpose, and its key in brackets. */
const titled = /^(.+) \((.+)\)$/;

/** The names of keys that differ from the character that they type. */
const names: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', ' ': 'Space' };

/** The actions of keys that press no button. */
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

/**
 * Listens to the keyboard, except while the user types in a field. A key presses the button that has the key in its
 * title.
 */
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

/** Selects the sandbox before or after. The first one follows the last. */
function stepSandbox(by: number): void {
  const all = state.session.sandboxes();
  const next = all.at((all.indexOf(state.sandbox) + by) % all.length);
  if (next !== undefined) pick(next);
}
