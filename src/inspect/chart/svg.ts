import type { Point } from './geometry.ts';

/** The text as it may stand in an SVG file, between tags or in an attribute. */
export function escapeText(text: string): string {
  return text.replace(forbidden, '\uFFFD').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What no XML file may hold, even escaped. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** One element. The content is markup: text in it has to be escaped already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content?: string,
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(String(value))}"`);
  const start = `<${name}${written.join('')}`;
  return content === undefined ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** Where a group stands: within it, everything is told from there on. */
export const at = ({ x, y }: Point, origin: Point = { x: 0, y: 0 }) => ({
  transform: `translate(${x - origin.x} ${y - origin.y})`,
});
