import type { Point } from '../../src/inspect/chart/geometry.ts';
import { metrics } from '../../src/inspect/chart/metrics.ts';
import { type Link, layout, type Node, type Placed } from './graph.ts';
import { sizeOf, stackSize } from './measure.ts';
import { type Arrow, type State, startOf } from './read.ts';

/** The layout of the child states of a state. */
export interface Inside {
  readonly placed: Placed;
  /** The offset of the layout from the corner of the parent state. */
  readonly origin: Point;
  readonly arrows: readonly Arrow[];
  /** The parent state, with the gates through which arrows enter and leave. */
  readonly node: Node;
}

/**
 * Lays out the child states of a state from left to right. The rest of the chart runs downward, so that an arrow from
 * inside has a free way up.
 */
export async function layoutInside(state: State, all: readonly Arrow[]): Promise<Inside> {
  const isInside = (path: string) => state.states.some((child) => child.path === path);
  const arrows = all.filter(({ source, target }) => isInside(source) && isInside(target));
  const order = state.states.map((child) => child.path);
  const nodes = state.states.map((child) => ({ id: child.path, ...sizeOf(child) }));
  // All nodes have the same height, so that the arrows between them are level.
  const height = Math.max(...nodes.map((node) => node.height));
  const placed = await layout(
    'RIGHT',
    [dotOf(state), ...nodes.map((node) => ({ ...node, height }))],
    [startLink(state), ...arrows.map((arrow) => linkOf(arrow, order))],
  );
  const header = sizeOf(state);
  const origin = { x: metrics.padding, y: header.height };
  const width = Math.max(header.width, placed.width + 2 * metrics.padding);
  const size = { width, height: header.height + placed.height + metrics.padding };
  return {
    placed,
    origin,
    arrows,
    node: { id: state.path, ...size, gates: gatesOf(state, placed, origin, size.height) },
  };
}

function gatesOf(state: State, placed: Placed, origin: Point, bottom: number) {
  const middle = (path: string | undefined) => {
    const box = placed.nodes.get(path ?? '') ?? { x: 0, width: 0 };
    return origin.x + box.x + Math.round(box.width / 2);
  };
  return [
    { id: topOf(state.path), x: middle(state.initial), y: 0 },
    { id: bottomOf(state.path), x: middle(state.states.at(-1)?.path), y: bottom },
    ...state.states.flatMap(({ path }) => [
      { id: topOf(path), x: middle(path), y: 0 },
      { id: bottomOf(path), x: middle(path), y: bottom },
    ]),
  ];
}

/** The gate at the upper border that leads to a state, or to one inside it. */
export const topOf = (path: string): string => `${path} top`;

/** The gate at the lower border that leads from a state, or from one inside it. */
export const bottomOf = (path: string): string => `${path} bottom`;

const dotSize = 12;

/** The initial dot of a compound state. */
export const dotOf = (state: State): Node => ({ id: startOf(state), width: dotSize, height: dotSize });

/** The arrow from that dot. */
export const startLink = (state: State): Link => ({
  id: startOf(state),
  source: startOf(state),
  target: state.initial ?? '',
});

/** Converts an arrow of the machine for the layout. `order` determines which arrows lead back. */
export const linkOf = ({ id, source, target, transitions }: Arrow, order: readonly string[]): Link => ({
  id,
  source,
  target,
  back: order.indexOf(source) > order.indexOf(target),
  label: stackSize(transitions),
});
