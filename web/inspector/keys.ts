import { byId, h } from './dom.ts';
import { actions, linesOf, state, tabs } from './state.ts';

/** What each key does, as the help says it. */
const help = [
  ['← →', 'one step back, one step on'],
  ['Home End', 'to the first line, to the last'],
  ['Space', 'stop here, or follow what happens'],
  ['1 to 5', 'Events, Next, Record, Sequence, Latency'],
  ['/', 'filter the events'],
  ['[ ]', 'the sandbox before, the one after'],
  ['O E H P', 'open, export, save the page, save the chart'],
  ['?', 'this help'],
] as const;

/** Makes the page obey the keyboard, except while somebody writes. */
export function listenToKeys(choose: { tab(index: number): void; sandbox(by: number): void }): void {
  const dialog = byId<HTMLDialogElement>('keys');
  dialog.append(
    h('h2', { id: 'keys-title' }, 'Keys'),
    h(
      'dl',
      {},
      ...help.map(([key, meaning]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning))),
    ),
    h('form', { method: 'dialog' }, h('button', {}, 'Close')),
  );
  byId('help').addEventListener('click', () => dialog.showModal());

  const click = (id: string) => () => byId(id).click();
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => actions.step(-1),
    ArrowRight: () => actions.step(1),
    Home: () => actions.go(1),
    End: () => actions.go(undefined),
    ' ': () => actions.go(state.place === undefined ? linesOf().length - 1 : undefined),
    '/': () => {
      choose.tab(0);
      byId('filter').focus();
    },
    '[': () => choose.sandbox(-1),
    ']': () => choose.sandbox(1),
    o: click('open'),
    e: click('export'),
    h: click('page'),
    p: click('print'),
    '?': click('help'),
    ...Object.fromEntries(tabs.map((_, index) => [String(index + 1), () => choose.tab(index)])),
  };
  addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const target = event.target as HTMLElement;
    if (ctrlKey || metaKey || altKey || dialog.open) return;
    if (target.matches('select, input:not([type=range])')) {
      if (key === 'Escape') target.blur();
      return;
    }
    if (key === ' ' && target.matches('button')) return;
    if (!Object.hasOwn(keys, key)) return;
    event.preventDefault();
    keys[key]?.();
  });
}
