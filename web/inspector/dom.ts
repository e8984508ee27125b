type Child = Node | string | false | undefined;
type Properties = Readonly<Record<string, string | boolean | number | EventListener | undefined>>;

/** Makes an element. Text is always text; a function listens to the event of its name, without the `on`. */
export function h(name: string, properties: Properties = {}, ...children: readonly Child[]): HTMLElement {
  return fill(document.createElement(name), properties, children);
}

/** The same for a picture. */
export function s(name: string, properties: Properties = {}, ...children: readonly Child[]): SVGElement {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), properties, children);
}

function fill<E extends Element>(element: E, properties: Properties, children: readonly Child[]): E {
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== false && child !== undefined));
  return element;
}

/** The element of the page that has this id. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;

/** Puts new content into an element. What had the focus has it again, by its id. */
export function show(parent: Element, ...children: readonly Child[]): void {
  const { activeElement } = document;
  const id = activeElement && parent.contains(activeElement) ? activeElement.id : '';
  parent.replaceChildren(...children.filter((child) => child !== false && child !== undefined));
  if (id !== '') document.getElementById(id)?.focus({ preventScroll: true });
}

/** The time of day, to the ms. */
export const clock = (at: number) => (Number.isFinite(at) ? new Date(at).toISOString().slice(11, 23) : '');

/** A duration as a person says it. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** Gives a file to the person. */
export function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
