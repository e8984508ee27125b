import type { ChartEdge, ChartStart, Point } from './geometry.ts';
import { type HighlightedTransition, isHighlighted } from './highlight.ts';
import { drawLabel } from './label.ts';
import { type Stroke, writePath } from './path.ts';
import { element } from './svg.ts';

const radius = 9;
const headLength = 8;
const headWidth = 4;

/** Draws an arrow and its labels. */
export function drawEdge(
  { source, target, points, labels }: ChartEdge,
  highlighted?: HighlightedTransition,
): string {
  const taken = labels.find(
    ({ event }) => event === highlighted?.event && isHighlighted(source, target, highlighted),
  );
  const content =
    drawArrow(points) + labels.map((label) => drawLabel(label, { highlighted: label === taken })).join('');
  const marks = { class: taken ? 'edge highlighted' : 'edge', 'data-source': source, 'data-target': target };
  return element('g', marks, content);
}

/** Draws the initial dot of a machine, and its arrow. */
export function drawStart({ dot, points }: ChartStart): string {
  const begin = element('circle', { class: 'dot', cx: dot.x, cy: dot.y, r: 6 });
  return element('g', { class: 'start' }, begin + drawArrow(points));
}

function drawArrow([start, ...rest]: readonly Point[]): string {
  const tip = rest.pop();
  if (start === undefined || tip === undefined) return '';
  const neck = towards(tip, rest.at(-1) ?? start, headLength);
  const line = element('path', { class: 'line', d: roundedPath(start, [...rest, neck]) });
  return line + drawHead(tip, neck);
}

/** Draws the arrowhead as a path. A marker needs an id, and the ids of two charts in one page collide. */
function drawHead(tip: Point, neck: Point): string {
  const across = {
    x: ((tip.y - neck.y) / headLength) * headWidth,
    y: ((neck.x - tip.x) / headLength) * headWidth,
  };
  const corners: Stroke[] = [
    [{ x: neck.x + across.x, y: neck.y + across.y }],
    [{ x: neck.x - across.x, y: neck.y - across.y }],
  ];
  return element('path', { class: 'head', d: `${writePath(tip, corners)}z` });
}

/** Writes a path through these points, with rounded bends. */
function roundedPath(start: Point, points: readonly Point[]): string {
  let before = start;
  const strokes = points.flatMap((point, index): Stroke[] => {
    const after = points[index + 1];
    if (after === undefined) return [[point]];
    const bend = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
    const round: Stroke[] = [[towards(point, before, bend)], [point, towards(point, after, bend)]];
    before = point;
    return round;
  });
  return writePath(start, strokes);
}

function towards(from: Point, to: Point, length: number): Point {
  const share = length / (distance(from, to) || 1);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

const distance = (one: Point, other: Point) => Math.hypot(one.x - other.x, one.y - other.y);
