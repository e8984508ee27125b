import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { EventKind } from '../../src/inspect/chart/geometry.ts';
import { commands, reports } from '../../src/model/events.ts';

/** One transition, in words. */
export interface TransitionText {
  readonly event: string;
  readonly kind: EventKind;
  readonly guard?: string;
  readonly condition?: string;
  readonly meaning: string;
}

/** One state, in words, with the states inside it. */
export interface State {
  readonly path: string;
  readonly label: string;
  readonly description: string;
  readonly final: boolean;
  readonly initial: string | undefined;
  readonly stays: readonly TransitionText[];
  readonly states: readonly State[];
}

/** All transitions from one state to another. */
export interface Arrow {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly TransitionText[];
}

/** The guard that most reports have. The legend explains it once for all of them. */
const guardInLegend = 'answersOperation';

/** Reads the states and the arrows of the chart, without positions. */
export function readChart(machine: AnyStateMachine): { root: State; arrows: Arrow[] } {
  const arrows = new Map<string, Arrow & { transitions: TransitionText[] }>();
  const nodes = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodes)];
  for (const node of nodes(machine.root))
    for (const transition of [...node.transitions.values()].flat())
      for (const target of transition.target ?? []) {
        const ends = { source: pathOf(node), target: pathOf(target) };
        const id = `${ends.source} ${ends.target}`;
        const arrow = arrows.get(id) ?? { id, ...ends, transitions: [] };
        arrows.set(id, arrow);
        arrow.transitions.push(readTransition(transition));
      }
  const all = [...arrows.values()];
  if (!all.some(({ transitions }) => transitions.some(({ guard }) => guard === guardInLegend)))
    throw new Error(`The legend explains ${guardInLegend}, but no transition has that guard.`);
  return { root: readState(machine.root), arrows: all };
}

function readState(node: AnyStateNode): State {
  const children = Object.values(node.states);
  const initial = children.find((child) => node.initial.target.includes(child));
  return {
    path: pathOf(node),
    label: node.key,
    description: node.description ?? '',
    final: node.type === 'final',
    initial: initial && pathOf(initial),
    stays: [...node.transitions.values()]
      .flat()
      .filter((transition) => transition.target === undefined)
      .map(readTransition),
    states: children.map(readState),
  };
}

interface Transition {
  readonly eventType: string;
  readonly guard?: unknown;
  readonly description?: string | undefined;
}

function readTransition({ eventType, guard, description }: Transition): TransitionText {
  const meaning = description ?? '';
  const transition = { event: eventType, kind: kindOf(eventType), meaning };
  if (guard === undefined) return transition;
  if (typeof guard !== 'string') throw new Error(`${eventType}: the guard must be a string.`);
  return guard === guardInLegend
    ? { ...transition, guard }
    : { ...transition, guard, condition: inWords(guard) };
}

function kindOf(event: string): EventKind {
  if (commands.some((command) => command === event)) return 'command';
  return reports.some((report) => report === event) ? 'report' : 'clock';
}

/** `isDueAndNamed` reads as `due and named`. */
export function inWords(guard: string): string {
  return guard.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^(is|has) /, '');
}

const pathOf = (node: AnyStateNode) => node.path.join('.');

/** The id of the initial dot of the machine or of a compound state. */
export const startOf = (state: State): string => `${state.path} start`;
