import type { AnyStateMachine, AnyStateNode } from 'xstate';
import * as guards from '../src/guards/index.ts';
import * as updates from '../src/machine/updates/index.ts';
import { eventTypes } from '../src/model/check-event.ts';
import * as effects from '../src/model/effects.ts';

/** Writes the fast table's source from the machine itself. Throws where the machine has a shape the table has not. */
export function compileTable(machine: AnyStateMachine): string {
  const initial = Object.values(machine.root.states).find((node) =>
    machine.root.initial.target.includes(node),
  );
  if (initial === undefined) throw new Error('The machine has no initial state.');
  const { updates: early, effects: initialEffects } = readActions(
    'the entry of the initial state',
    initial.entry,
  );
  if (early.length > 0)
    throw new Error('The initial state updates a record as it is entered; creation has no such step.');
  for (const node of nodesOf(machine.root)) mustBePlain(node, node === initial);
  return `${header}
export const table: Table = {
  initial: { status: '${initial.key}', effects: ${list(initialEffects)} },
  states: {
${leavesOf(machine.root).map(compileLeaf).join('\n')}
  },
};
`;
}

const header = `// Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file.
import * as guards from '../guards/index.ts';
import * as effects from '../model/effects.ts';
import type { Table } from './table.ts';
import * as updates from './updates/index.ts';
`;

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

/** Throws for whatever a state may have in XState that the table has no place for, so that nothing is left out silently. */
function mustBePlain(node: AnyStateNode, isInitial: boolean): void {
  const odd = [
    [node.type === 'parallel' || node.type === 'history', `is ${node.type}`],
    [node.entry.length > 0 && !isInitial, 'has entry actions'],
    [node.exit.length > 0, 'has exit actions'],
    [node.always !== undefined && node.always.length > 0, 'has transitions without an event'],
    [node.after.length > 0, 'has timers'],
    [node.invoke.length > 0, 'invokes actors'],
  ] as const;
  const found = odd.find(([is]) => is);
  if (found) throw new Error(`${node.id} ${found[1]}, and the table has no place for that.`);
}

/** The states that have no states inside, in the machine's order. */
export function leavesOf(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node] : children.flatMap(leavesOf);
}

function compileLeaf(leaf: AnyStateNode): string {
  const rows = [...transitionsOf(leaf)].map(
    ([type, candidates]) =>
      `        '${type}': [\n${candidates.map((transition) => `          ${compileTransition(leaf, transition)},\n`).join('')}        ],\n`,
  );
  const on = rows.length === 0 ? '{}' : `{\n${rows.join('')}      }`;
  const meta = Object.entries<string[]>(leaf.meta ?? {}).map(
    ([key, words]) => `\n      ${key}: ${list(words, quote)},`,
  );
  return `    '${leaf.path.join('.')}': {\n      on: ${on},${meta.join('')}\n    },`;
}

type Transition =
  ReturnType<AnyStateNode['transitions']['get']> extends (infer One)[] | undefined ? One : never;

/** Every event that a leaf handles, its own transitions before those of the states around it. */
export function transitionsOf(leaf: AnyStateNode): Map<string, Transition[]> {
  const found = new Map<string, Transition[]>();
  for (let node: AnyStateNode | undefined = leaf; node !== undefined; node = node.parent) {
    for (const [type, transitions] of node.transitions)
      found.set(type, [...(found.get(type) ?? []), ...transitions]);
  }
  return found;
}

/** The status that a transition leads to: that of its target, or the one it starts in. */
export function statusAfter(leaf: AnyStateNode, transition: Transition): string {
  return (transition.target?.[0] ?? leaf).path[0] as string;
}

function compileTransition(leaf: AnyStateNode, transition: Transition): string {
  const where = `${leaf.path.join('.')} on ${transition.eventType}`;
  const { updates: names, effects: requested } = readActions(where, transition.actions);
  if (names.length !== 1)
    throw new Error(`${where}: a transition has exactly one update, but this has ${names.length}.`);
  if (
    transition.guard !== undefined &&
    (typeof transition.guard !== 'string' || !Object.hasOwn(guards, transition.guard))
  ) {
    throw new Error(`${where}: a guard is the name of one in src/guards.`);
  }
  if (!(eventTypes as readonly string[]).includes(transition.eventType))
    throw new Error(`${where}: there is no such event.`);
  if (transition.reenter || (transition.target?.length ?? 0) > 1)
    throw new Error(`${where}: a way leads to one state, and enters it once.`);
  const guard = transition.guard === undefined ? '' : `guard: guards.${transition.guard}, `;
  return `{ ${guard}status: '${statusAfter(leaf, transition)}', update: updates.${names[0]}, effects: ${list(requested)} }`;
}

/** Sorts the named actions of a transition into its updates and its effects. */
export function readActions(
  where: string,
  actions: readonly unknown[],
): { updates: string[]; effects: string[] } {
  const names = actions.map((action) => {
    if (typeof action === 'string') return action;
    throw new Error(`${where}: an action is named by a string.`);
  });
  const unknown = names.find((name) => !(name in updates) && !(name in effects));
  if (unknown !== undefined) throw new Error(`${where}: ${unknown} is neither an update nor an effect.`);
  return {
    updates: names.filter((name) => name in updates),
    effects: names.filter((name) => name in effects),
  };
}

const quote = (word: string) => `'${word}'`;
const list = (words: readonly string[], show = (word: string) => `effects.${word}`) =>
  `[${words.map(show).join(', ')}]`;
