import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** One transition. The machine takes the first transition of an event whose guard holds. */
export interface TransitionDefinition {
  /** The path of the target state, such as `suspended.idle`; null when the machine stays in the state. */
  readonly target: string | null;
  /** The name of the guard; null without a guard. */
  readonly guard: string | null;
  /** The names of the update and of the effects, in order. */
  readonly actions: readonly string[];
  readonly description: string;
}

/** One state, with the states inside it. */
export interface StateDefinition {
  readonly type: 'atomic' | 'compound' | 'final';
  readonly description: string;
  /** The path of the initial child state. Only a compound state has one. */
  readonly initial?: string;
  /** The names of the entry effects. */
  readonly entry: readonly string[];
  /** The commands whose goal already holds in this state. They change nothing. */
  readonly satisfied: readonly string[];
  /** The commands whose goal is already in progress in this state. They change nothing. */
  readonly joined: readonly string[];
  /** The transitions by event type. */
  readonly on: Readonly<Record<string, readonly TransitionDefinition[]>>;
  /** The child states by name. */
  readonly states: Readonly<Record<string, StateDefinition>>;
}

/** A machine as plain JSON, without the bodies of its functions. */
export interface MachineDefinition extends StateDefinition {
  readonly id: string;
}

/**
 * Reads the definition of a machine that names its guards and actions by strings.
 *
 * @example
 * definitionOf(sandboxMachine).states['running'].on['suspend'];
 * // [{ target: 'suspending', guard: 'isNamed', actions: ['beginSuspend', 'requestSuspend'], description: '…' }]
 */
export function definitionOf(machine: AnyStateMachine): MachineDefinition {
  return { id: machine.id, ...stateOf(machine.root) };
}

function stateOf(node: AnyStateNode): StateDefinition {
  const children = Object.values(node.states);
  const initial = children.find((child) => node.initial.target.includes(child));
  const { satisfied = [], joined = [] } = (node.meta ?? {}) as Partial<StateDefinition>;
  return {
    type: node.type as StateDefinition['type'],
    description: node.description ?? '',
    ...(initial && { initial: pathOf(initial) }),
    entry: node.entry.map(String),
    satisfied,
    joined,
    on: Object.fromEntries(
      [...node.transitions].map(([event, transitions]) => [event, transitions.map(transitionOf)]),
    ),
    states: Object.fromEntries(children.map((child) => [child.key, stateOf(child)])),
  };
}

type MachineTransition = AnyStateNode['transitions'] extends Map<unknown, (infer One)[]> ? One : never;

function transitionOf({ target, guard, actions, description }: MachineTransition): TransitionDefinition {
  const to = target?.[0];
  return {
    target: to ? pathOf(to) : null,
    guard: guard === undefined ? null : String(guard),
    actions: actions.map(String),
    description: description ?? '',
  };
}

const pathOf = (node: AnyStateNode) => node.path.join('.');
