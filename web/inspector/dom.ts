type Properties = Readonly<Record<string, string | boolean | number | EventListener | undefined>>;
type Part = Node | string | false | undefined | Properties;

/**
 * Creates an element such as `p`, or `p.empty` with a class. The parts are its content and its properties, in any
 * order. A function in the properties listens to the event of its name.
 */
export function h(name: string, ...parts: readonly Part[]): HTMLElement {
  return make('http://www.w3.org/1999/xhtml', name, parts) as HTMLElement;
}

/** Creates an SVG element in the same way. */
export function s(name: string, ...parts: readonly Part[]): Element {
  return make('http://www.w3.org/2000/svg', name, parts);
}

function make(space: string, name: string, parts: readonly Part[]): Element {
  const [tag = '', kind] = name.split('.');
  const element = document.createElementNS(space, tag);
  if (kind) element.setAttribute('class', kind);
  for (const part of parts) {
    if (typeof part === 'string' || part instanceof Node) element.append(part);
    else
      for (const [key, value] of Object.entries(part || {})) {
        if (typeof value === 'function') element.addEventListener(key, value);
        else if (value || value === 0) element.setAttribute(key, String(value));
      }
  }
  return element;
}

/** The element of the page that has this id. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;

/** Listens to an event of the element that has this id. */
export function on(id: string, event: string, act: (event: Event) => void): void {
  byId(id).addEventListener(event, act);
}

/** Puts new content into the element that has this id. The focused child keeps the focus, by its id. */
export function show(parent: string, children: readonly Node[]): void {
  const { activeElement } = document;
  const element = byId(parent);
  const id = element.contains(activeElement) && activeElement?.id;
  element.replaceChildren(...children);
  if (id) byId(id)?.focus({ preventScroll: true });
}

/** A quiet sentence, for a place without content. */
export const empty = (sentence: string) => [h('p.empty', sentence)];

/** A list of terms and their meanings, without the pairs whose meaning is undefined. */
export const terms = (pairs: readonly (readonly [string, string | undefined | false])[]) =>
  h('dl', ...pairs.map(([term, meaning]) => meaning && h('div', h('dt', term), h('dd', meaning))));

const most = 200;

/** The last of many items, so that a long session can be drawn, and a sentence about the number of all items. */
export function latest<Item>(items: readonly Item[]): { last: readonly Item[]; note: Node[] } {
  const note = items.length > most ? empty(`The last ${most} of ${items.length}.`) : [];
  return { last: items.slice(-most), note };
}

/** Saves a file, as a download of the user. */
export function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
