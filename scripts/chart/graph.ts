import ElkConstructor, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Box, Point } from '../../src/inspect/chart/geometry.ts';

/** A box to place. Arrows may touch it only at its gates, if it has any. */
export interface Node {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly gates?: readonly ({ readonly id: string } & Point)[];
}

/** An arrow to draw between two nodes or gates. `back` means that it points against the reading direction. */
export interface Link {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly back?: boolean;
  readonly label?: { readonly width: number; readonly height: number };
  readonly options?: Record<string, string>;
}

/** The positions of all nodes and arrows. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, Box>;
  readonly links: ReadonlyMap<string, { readonly points: readonly Point[]; readonly label: Point }>;
}

const common = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.edgeLabels.sideSelection': 'SMART_DOWN',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '20',
  'elk.spacing.edgeLabel': '9',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '14',
};

/** Places nodes in layers, in the order given. */
export async function layout(
  direction: 'DOWN' | 'RIGHT',
  nodes: readonly Node[],
  links: readonly Link[],
): Promise<Placed> {
  const graph = await new ElkConstructor.default().layout<ElkNode>({
    id: 'root',
    layoutOptions: { ...common, 'elk.direction': direction },
    children: nodes.map(toElkNode),
    edges: links.map(toElkEdge),
  });
  const edges = new Map((graph.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    width: Math.round(graph.width ?? 0),
    height: Math.round(graph.height ?? 0),
    nodes: new Map((graph.children ?? []).map((node) => [node.id, toBox(node)])),
    links: new Map(links.map((link) => [link.id, toPlacedLink(link, edges.get(link.id))])),
  };
}

function toElkNode({ id, width, height, gates = [] }: Node): ElkNode {
  const layoutOptions: Record<string, string> =
    gates.length === 0 ? {} : { 'elk.portConstraints': 'FIXED_POS' };
  return { id, width, height, layoutOptions, ports: gates.map((gate) => ({ ...gate, width: 0, height: 0 })) };
}

/** Reverses an arrow that points back, so that the layout keeps it beside the arrow forth. */
function toElkEdge({ id, source, target, back, label, options = {} }: Link): ElkExtendedEdge {
  return {
    id,
    sources: [back ? target : source],
    targets: [back ? source : target],
    labels: label === undefined ? [] : [{ id: `${id} label`, text: id, ...label, layoutOptions: options }],
    layoutOptions: options,
  };
}

function toPlacedLink({ back }: Link, edge: ElkExtendedEdge | undefined) {
  const points = (edge?.sections ?? [])
    .flatMap((section) => [section.startPoint, ...(section.bendPoints ?? []), section.endPoint])
    .map(toPoint);
  const straight = straighten(points);
  return { points: back ? straight.reverse() : straight, label: toPoint(edge?.labels?.[0] ?? {}) };
}

const smallestStep = 8;

/** Removes bends that are too small to look intended. The longer segment keeps its place. */
function straighten(points: readonly Point[]): Point[] {
  for (let at = 0; at + 3 < points.length; at += 1) {
    const [start, corner, next, end] = points.slice(at, at + 4) as [Point, Point, Point, Point];
    const upright = start.x === corner.x && next.x === end.x;
    if (!upright || Math.abs(corner.x - next.x) > smallestStep) continue;
    const x = Math.abs(start.y - corner.y) > Math.abs(next.y - end.y) ? corner.x : next.x;
    return straighten([...points.slice(0, at), { ...start, x }, { ...end, x }, ...points.slice(at + 4)]);
  }
  return [...points];
}

const toPoint = ({ x = 0, y = 0 }: Partial<Point>): Point => ({ x: Math.round(x), y: Math.round(y) });

const toBox = ({ x = 0, y = 0, width = 0, height = 0 }: ElkNode): Box => ({
  ...toPoint({ x, y }),
  width: Math.round(width),
  height: Math.round(height),
});
