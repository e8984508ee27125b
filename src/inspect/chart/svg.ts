import { escapeMarkup } from '../../utils/escape-markup.ts';
import type { Point } from './geometry.ts';

/** Writes an element. `content` is markup: escape text before you pass it. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content?: string,
): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeMarkup(String(value))}"`,
  );
  const start = `<${name}${written.join('')}`;
  return content === undefined ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** The position of a group. Positions inside the group are relative to it. */
export const at = ({ x, y }: Point, origin: Point = { x: 0, y: 0 }) => ({
  transform: `translate(${x - origin.x} ${y - origin.y})`,
});
