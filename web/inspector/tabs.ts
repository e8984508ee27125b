import { byId, h } from './dom.ts';
import { choose, state } from './state.ts';
import { views } from './views/index.ts';

const tabs = Object.keys(views);

/** Creates the tabs. The arrow keys select the tab before or after. */
export function makeTabs(): void {
  byId('tabs').append(...tabs.map(makeTab));
}

/** Marks the selected tab. The Tab key reaches only this one. */
export function markTabs(): void {
  for (const id of tabs) {
    const isChosen = id === state.tab;
    Object.assign(byId(id), { ariaSelected: isChosen, tabIndex: isChosen ? 0 : -1 });
  }
  byId('panel').setAttribute('aria-labelledby', state.tab);
  byId('filter').hidden = state.tab !== 'Events';
}

const makeTab = (id: string, index: number) =>
  h('button', id, {
    id,
    title: `${id} (${index + 1})`,
    role: 'tab',
    'aria-controls': 'panel',
    click: () => choose(id),
    keydown(event) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[(event as KeyboardEvent).key];
      if (!by) return;
      event.stopPropagation();
      choose(tabs.at((index + by) % tabs.length) ?? id);
      byId(state.tab).focus();
    },
  });
