import type { Point } from './geometry.ts';

/** One stroke of a path: a straight line to a point, or a curve with a control point. */
export type Stroke = readonly [to: Point] | readonly [towards: Point, to: Point];

/** Writes a path with relative coordinates: they are short, and equal bends have equal texts. */
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

/** Rounds the ends of the strokes. Rounding their lengths would add up the errors. */
const round = ({ x, y }: Point): Point => ({ x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 });
