import type { ChartLabel, Point } from '../../src/inspect/chart/geometry.ts';
import { metrics } from '../../src/inspect/chart/metrics.ts';
import type { State, TransitionText } from './read.ts';
import { breakLines, textWidth } from './text.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const { padding, titleHeight, titleSize, lineHeight, textSize, gap, signWidth, space } = metrics;

/** The limit of the text width of a state. A final state is a floor, and a compound state is wide anyway. */
function widestText(state: State): number {
  if (state.final) return 720;
  if (state.path.includes('.')) return 160;
  return state.states.length > 0 ? 300 : 200;
}

/** The limit of the width of a line beside an arrow. Above it, the guard moves to the next line. */
const widestLabel = 125;

/** The description, broken into lines. */
export const linesOf = (state: State): string[] => breakLines(state.description, textSize, widestText(state));

/** The size of a state's text with its padding. */
export function sizeOf(state: State): Size {
  const lines = linesOf(state);
  const stays = stackSize(state.stays, widestText(state));
  const widths = [textWidth(state.label, titleSize), ...lines.map((line) => textWidth(line, textSize))];
  return {
    width: 2 * padding + Math.max(...widths, stays.width),
    height: 2 * padding + titleHeight + lines.length * lineHeight + (stays.height && gap + stays.height),
  };
}

/** The size of transitions as lines, one below the other. */
export const stackSize = (transitions: readonly TransitionText[], limit = widestLabel): Size => ({
  width: Math.max(0, ...transitions.map((transition) => sizeOfText(transition, limit).width)),
  height: transitions.reduce((sum, transition) => sum + sizeOfText(transition, limit).height, 0),
});

/** Lays out transitions as lines, one below the other. */
export function stack(transitions: readonly TransitionText[], at: Point, limit = widestLabel): ChartLabel[] {
  let y = at.y;
  return transitions.map((transition) => {
    const box = { x: at.x, y, ...sizeOfText(transition, limit) };
    y += box.height;
    return { ...transition, wraps: box.height > lineHeight, box };
  });
}

/** Lays out the transitions that stay in a state, below its description. */
export function stackInside(state: State, corner: Point): ChartLabel[] {
  const y = corner.y + padding + titleHeight + linesOf(state).length * lineHeight + gap;
  return stack(state.stays, { x: corner.x + padding, y }, widestText(state));
}

function sizeOfText({ event, condition }: TransitionText, limit: number): Size {
  const first = signWidth + textWidth(event, textSize);
  if (condition === undefined) return { width: first, height: lineHeight };
  const words = textWidth(`[${condition}]`, textSize);
  const whole = first + space + words;
  if (whole <= limit) return { width: whole, height: lineHeight };
  return { width: Math.max(first, signWidth + words), height: 2 * lineHeight };
}
