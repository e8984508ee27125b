import type { Box, ChartEdge, ChartStart, ChartState, Point } from '../../src/inspect/chart/geometry.ts';
import type { Placed } from './graph.ts';
import { linesOf, stack, stackInside } from './measure.ts';
import { type Arrow, type State, startOf } from './read.ts';

/** Converts a layout into parts of the chart. `origin` is the position of the layout in the chart. */
export function sheet(placed: Placed, origin: Point) {
  const move = <Shape extends Point>(shape: Shape): Shape => ({
    ...shape,
    x: shape.x + origin.x,
    y: shape.y + origin.y,
  });

  const boxOf = (id: string): Box => move(found(placed.nodes, id));

  return {
    boxOf,

    state(state: State, states: readonly ChartState[] = []): ChartState {
      const { path, label, description, final } = state;
      const box = boxOf(path);
      const stays = stackInside(state, box);
      return { path, label, description, lines: linesOf(state), final, box, stays, states };
    },

    edge({ id, source, target, transitions }: Arrow): ChartEdge {
      const { points, label } = found(placed.links, id);
      return { source, target, points: points.map(move), labels: stack(transitions, move(label)) };
    },

    start(state: State): ChartStart {
      const box = boxOf(startOf(state));
      const { points } = found(placed.links, startOf(state));
      const dot = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      return { target: state.initial ?? '', dot, points: points.map(move) };
    },
  };
}

function found<Value>(places: ReadonlyMap<string, Value>, id: string): Value {
  const place = places.get(id);
  if (place === undefined) throw new Error(`${id} has no place in the chart.`);
  return place;
}
