import type { AnyStateMachine } from 'xstate';
import type { ChartEdge, ChartGeometry, ChartState } from '../src/inspect/chart/geometry.ts';
import { fall, withFloor } from './chart/fall.ts';
import { type Link, layout, type Node } from './chart/graph.ts';
import { bottomOf, dotOf, type Inside, layoutInside, linkOf, startLink, topOf } from './chart/inside.ts';
import { legend } from './chart/legend.ts';
import { sizeOf } from './chart/measure.ts';
import { type Arrow, readChart, type State } from './chart/read.ts';
import { sheet } from './chart/sheet.ts';

const margin = 20;

/** Lays out every state and every transition of the machine. The layout is deterministic. */
export async function layoutChart(machine: AnyStateMachine): Promise<ChartGeometry> {
  const { root, arrows } = readChart(machine);
  const insides = new Map<string, Inside>();
  for (const state of root.states)
    if (state.states.length > 0) insides.set(state.path, await layoutInside(state, arrows));

  const inner = [...insides.values()].flatMap((inside) => inside.arrows);
  const outer = arrows.filter((arrow) => !inner.includes(arrow));
  const placed = await layout(
    'DOWN',
    [dotOf(root), ...root.states.map((state) => insides.get(state.path)?.node ?? nodeOf(state))],
    [startLink(root), ...outer.map((arrow) => outerLink(arrow, root, insides))],
  );

  const chart = sheet(placed, { x: margin, y: margin });
  const parts = root.states.map((state) => {
    const inside = insides.get(state.path);
    if (inside === undefined) return { state: chart.state(state), edges: [], starts: [] };
    const { x, y } = chart.boxOf(state.path);
    const within = sheet(inside.placed, { x: x + inside.origin.x, y: y + inside.origin.y });
    return {
      state: chart.state(
        state,
        state.states.map((child) => within.state(child)),
      ),
      edges: inside.arrows.map(within.edge),
      starts: [within.start(state)],
    };
  });
  const states = parts.map(({ state }) => state);
  return withFloor({
    width: placed.width + 2 * margin,
    height: placed.height + 2 * margin,
    title: `The lifecycle of a ${machine.id}`,
    description: root.description,
    states,
    edges: [
      ...outer.map((arrow) => reach(chart.edge(arrow), states)),
      ...parts.flatMap(({ edges }) => edges),
    ],
    starts: [chart.start(root), ...parts.flatMap(({ starts }) => starts)],
    legend: legend({ x: margin, y: margin }),
  });
}

const nodeOf = (state: State): Node => ({ id: state.path, ...sizeOf(state) });

/**
 * Converts an arrow between top-level states for the layout. The labels of all arrows to a final state stand in one row
 * above it; other labels stand near the start of their arrow.
 */
function outerLink(arrow: Arrow, root: State, insides: ReadonlyMap<string, Inside>): Link {
  const owner = (path: string) => path.split('.', 1)[0] ?? path;
  const order = root.states.flatMap((state) => [state.path, ...state.states.map((child) => child.path)]);
  const link = linkOf(arrow, order);
  const gate = (path: string, lower: boolean) => {
    if (!insides.has(owner(path))) return path;
    return lower ? topOf(path) : bottomOf(path);
  };
  const final = root.states.some((state) => state.final && state.path === arrow.target);
  return {
    ...link,
    source: gate(arrow.source, link.back === true),
    target: gate(arrow.target, link.back !== true),
    options: {
      'elk.layered.edgeLabels.centerLabelPlacementStrategy': final ? 'HEAD_LAYER' : 'TAIL_LAYER',
      'elk.layered.priority.straightness': final ? '1' : '10',
      'elk.layered.priority.shortness': final ? '1' : '10',
    },
  };
}

/**
 * Adjusts an arrow at a compound state, which is wide: an arrow to it falls straight, and an arrow from inside starts
 * at the inner state.
 */
function reach(edge: ChartEdge, states: readonly ChartState[]): ChartEdge {
  const around = states.find(({ path, states: inner }) => path === edge.target && inner.length > 0);
  if (around !== undefined) return fall(edge, around.box.y);
  const inside = states.flatMap((state) => state.states).find(({ path }) => path === edge.source);
  const [first, ...rest] = edge.points;
  if (inside === undefined || first === undefined) return edge;
  const { y, height } = inside.box;
  return { ...edge, points: [{ x: first.x, y: first.y < y ? y : y + height }, ...rest] };
}

/** Writes the source of the file that contains the geometry. */
export function compileGeometry(geometry: ChartGeometry): string {
  return `// Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file.
import type { ChartGeometry } from './geometry.ts';

/** The chart of the lifecycle, laid out. */
export const lifecycleChart: ChartGeometry = ${JSON.stringify(geometry, undefined, 2)};
`;
}
