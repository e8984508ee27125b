import type { Point } from './geometry.ts';

/** One stroke of a path: straight to a point, or bent towards one on the way to another. */
export type Stroke = readonly [to: Point] | readonly [towards: Point, to: Point];

/** Writes a path. Each stroke is relative to the end of the one before, which is short, and the same for the same bend. */
export function writePath(start: Point, strokes: readonly Stroke[]): string {
  let pen = round(start);
  const written = strokes.map((stroke) => {
    const points = stroke.map(round);
    const steps = points.map((point) => round({ x: point.x - pen.x, y: point.y - pen.y }));
    pen = points.at(-1) ?? pen;
    if (steps.length > 1) return `q${steps.map(({ x, y }) => `${x} ${y}`).join(' ')}`;
    return steps.map(({ x, y }) => (y === 0 ? `h${x}` : x === 0 ? `v${y}` : `l${x} ${y}`)).join('');
  });
  return `M${round(start).x} ${round(start).y}${written.join('')}`;
}

/** The ends are rounded and not the steps, whose errors would add up. */
const round = ({ x, y }: Point): Point => ({ x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 });
