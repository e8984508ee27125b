import { escapeMarkup } from '../../utils/escape-markup.ts';
import type { Point } from './geometry.ts';

/** One element. The content is markup: text in it has to be escaped already. */
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

/** The place of a group: positions within it count from there. */
export const at = ({ x, y }: Point, origin: Point = { x: 0, y: 0 }) => ({
  transform: `translate(${x - origin.x} ${y - origin.y})`,
});
