import type { ChartEdge, ChartGeometry } from '../../src/inspect/chart/geometry.ts';

/** From the labels above the floor to the floor, and from the last arrow to the end of the floor. */
const distance = 20;

/** Moves the final state below the whole chart as a floor, so that every arrow to it falls straight down. */
export function withFloor(chart: ChartGeometry): ChartGeometry {
  const floor = chart.states.find((state) => state.final);
  if (floor === undefined) throw new Error('The machine has no final state.');
  const falling = chart.edges.filter((edge) => edge.target === floor.path);
  const words = falling.flatMap((edge) => edge.labels.map(({ box }) => box.y + box.height));
  const y = Math.max(...words) + distance;
  const right = Math.max(...chart.edges.flatMap((edge) => edge.points.map((point) => point.x))) + distance;
  const box = { ...floor.box, x: distance, y, width: right - distance };
  return {
    ...chart,
    width: right + distance,
    height: chart.height + y - floor.box.y,
    states: chart.states.map((state) => (state === floor ? { ...floor, box } : state)),
    edges: chart.edges.map((edge) => (falling.includes(edge) ? fall(edge, y) : edge)),
  };
}

/** Makes an arrow from above fall straight from its labels to a border, without a bend below them. */
export function fall(edge: ChartEdge, y: number): ChartEdge {
  const words = Math.max(...edge.labels.map(({ box }) => box.y + box.height));
  const bend = edge.points.length > 3 ? edge.points.at(-2) : undefined;
  const path = edge.points.slice(0, bend !== undefined && bend.y >= words ? -2 : undefined);
  const last = path.at(-1);
  return last === undefined ? edge : { ...edge, points: [...path.slice(0, -1), { x: last.x, y }] };
}
