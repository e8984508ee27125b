import type { ChartLegend, Point } from '../../src/inspect/chart/geometry.ts';
import { metrics } from '../../src/inspect/chart/metrics.ts';
import { textWidth } from './text.ts';

const entries = [
  { kind: 'command', lines: ['command from a user'] },
  {
    kind: 'report',
    lines: ['report from the platform: without brackets,', 'it must be about the operation in flight'],
  },
  { kind: 'clock', lines: ['the clock: a deadline has passed'] },
] as const;

/** Lays out the legend as a column. */
export function legend(at: Point): ChartLegend[] {
  let y = at.y;
  return entries.map((entry) => {
    const width =
      metrics.signWidth + Math.max(...entry.lines.map((line) => textWidth(line, metrics.textSize)));
    const box = { x: at.x, y, width, height: entry.lines.length * metrics.lineHeight };
    y += box.height + 3;
    return { ...entry, box };
  });
}
