import type { ChartEdge, ChartStart, Point } from './geometry.ts';
import { type HotTransition, isHot } from './hot.ts';
import { drawLabel } from './label.ts';
import { element } from './svg.ts';

const radius = 9;
const headLength = 8;
const headWidth = 4;

/** Draws an arrow and what is written beside it. */
export function drawEdge({ source, target, points, labels }: ChartEdge, hot?: HotTransition): string {
  const taken = labels.find(({ event }) => event === hot?.event && isHot(source, target, hot));
  const content = drawArrow(points) + labels.map((label) => drawLabel(label, label === taken)).join('');
  const marks = { class: taken ? 'edge hot' : 'edge', 'data-source': source, 'data-target': target };
  return element('g', marks, content);
}

/** Draws the dot where a machine begins, and its arrow. */
export function drawStart({ dot, points }: ChartStart): string {
  const begin = element('circle', { class: 'dot', cx: dot.x, cy: dot.y, r: 6 });
  return element('g', { class: 'start' }, begin + drawArrow(points));
}

function drawArrow(points: readonly Point[]): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return '';
  const neck = towards(tip, before, headLength);
  const line = element('path', { class: 'line', d: roundedPath([...points.slice(0, -1), neck]) });
  return line + drawHead(tip, neck);
}

/** The arrowhead is a shape and no marker, because a marker needs an id, and ids of two charts in a page collide. */
function drawHead(tip: Point, neck: Point): string {
  const across = {
    x: ((tip.y - neck.y) / headLength) * headWidth,
    y: ((neck.x - tip.x) / headLength) * headWidth,
  };
  const corners = [
    tip,
    { x: neck.x + across.x, y: neck.y + across.y },
    { x: neck.x - across.x, y: neck.y - across.y },
  ];
  return element('path', { class: 'head', d: `M${corners.map(write).join('L')}z` });
}

function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (before === undefined) return `M${write(point)}`;
      if (after === undefined) return `L${write(point)}`;
      const bend = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
      return `L${write(towards(point, before, bend))}Q${write(point)} ${write(towards(point, after, bend))}`;
    })
    .join('');
}

function towards(from: Point, to: Point, length: number): Point {
  const share = length / (distance(from, to) || 1);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

const distance = (one: Point, other: Point) => Math.hypot(one.x - other.x, one.y - other.y);

const write = ({ x, y }: Point) => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
