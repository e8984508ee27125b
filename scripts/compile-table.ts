import type { AnyStateMachine, AnyStateNode } from 'xstate';
import * as guards from '../src/guards/index.ts';
import * as updates from '../src/machine/updates/index.ts';
import * as effectsByName from '../src/model/effects.ts';
import { commands, eventTypes } from '../src/model/events.ts';

/**
 * Writes the source of the compiled table from the machine. Throws if the machine has a part that the table cannot
 * represent.
 */
export function compileTable(machine: AnyStateMachine): string {
  const { initial, effects: initialEffects } = readInitial(machine);
  return `${headerOf(["import * as effects from '../model/effects.ts';", "import type { Table } from './table.ts';"])}
export const table: Table = {
  initial: { status: '${initial.key}', effects: ${list(initialEffects)} },
  states: {
${leavesOf(machine.root)
  .map((leaf) => compileLeaf(leaf, asMap, (transition) => compileTransition(leaf, transition)))
  .join('\n')}
  },
};
`;
}

/**
 * Writes the source of the table of commands: the compiled table without reports and effects, for programs that only predict.
 * Its rows are objects, because these programs have to be small rather than fast.
 */
export function compileCommandTable(machine: AnyStateMachine): string {
  const { initial } = readInitial(machine);
  const isCommand = (type: string) => (commands as readonly string[]).includes(type);
  const rows = leavesOf(machine.root).map((leaf) =>
    compileLeaf(leaf, asObject, (transition) => compileChange(leaf, transition).fields, isCommand),
  );
  return `${headerOf(["import type { CommandTable } from './table.ts';"])}
export const commandTable: CommandTable = {
  initial: '${initial.key}',
  states: {
${rows.join('\n')}
  },
};
`;
}

/** Reads the initial state and its effects, and checks that the tables can represent the machine. */
function readInitial(machine: AnyStateMachine): { initial: AnyStateNode; effects: string[] } {
  const initial = Object.values(machine.root.states).find((node) =>
    machine.root.initial.target.includes(node),
  );
  if (initial === undefined) throw new Error('The machine has no initial state.');
  const { updates: early, effects } = readActions('the entry of the initial state', initial.entry);
  if (early.length > 0)
    throw new Error('The initial state has an update as an entry action, but creation runs no update.');
  for (const node of nodesOf(machine.root)) mustBePlain(node, node === initial);
  return { initial, effects };
}

const headerOf = (
  imports: readonly string[],
) => `// Generated from src/machine/lifecycle.ts by \`npm run generate\`. Change the machine, not this file.
import * as guards from '../guards/index.ts';
${imports.join('\n')}
import * as updates from './updates/index.ts';
`;

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

/** Throws if a state has a part that the table cannot represent, so that nothing is dropped silently. */
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
  if (found) throw new Error(`${node.id} ${found[1]}, which the table cannot represent.`);
}

/** Returns the states without child states, in the machine's order. */
export function leavesOf(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node] : children.flatMap(leavesOf);
}

/** Writes the transitions of a state, each with its event and its candidates. */
type WriteRows = (rows: readonly (readonly [type: string, candidates: string])[]) => string;

const asMap: WriteRows = (rows) =>
  rows.length === 0
    ? 'new Map()'
    : `new Map([\n${rows.map(([type, candidates]) => `        ['${type}', ${candidates}],\n`).join('')}      ])`;

const asObject: WriteRows = (rows) =>
  rows.length === 0
    ? '{}'
    : `{\n${rows.map(([type, candidates]) => `        '${type}': ${candidates},\n`).join('')}      }`;

function compileLeaf(
  leaf: AnyStateNode,
  write: WriteRows,
  compile: (transition: Transition) => string,
  isIncluded: (type: string) => boolean = () => true,
): string {
  const rows = [...transitionsOf(leaf)]
    .filter(([type]) => isIncluded(type))
    .map(
      ([type, candidates]) =>
        [
          type,
          `[\n${candidates.map((transition) => `          { ${compile(transition)} },\n`).join('')}        ]`,
        ] as const,
    );
  const meta = Object.entries<string[]>(leaf.meta ?? {}).map(
    ([key, words]) => `\n      ${key}: ${list(words, quote)},`,
  );
  return `    '${leaf.path.join('.')}': {\n      on: ${write(rows)},${meta.join('')}\n    },`;
}

type Transition =
  ReturnType<AnyStateNode['transitions']['get']> extends (infer One)[] | undefined ? One : never;

/** Returns the transitions of a leaf by event: its own first, then those of its parents. */
export function transitionsOf(leaf: AnyStateNode): Map<string, Transition[]> {
  const found = new Map<string, Transition[]>();
  for (let node: AnyStateNode | undefined = leaf; node !== undefined; node = node.parent) {
    for (const [type, transitions] of node.transitions)
      found.set(type, [...(found.get(type) ?? []), ...transitions]);
  }
  return found;
}

/** Returns the status after a transition: that of its target, or that of the leaf. */
export function statusAfter(leaf: AnyStateNode, transition: Transition): string {
  return (transition.target?.[0] ?? leaf).path[0] as string;
}

function compileTransition(leaf: AnyStateNode, transition: Transition): string {
  const { fields, effects } = compileChange(leaf, transition);
  return `${fields}, effects: ${list(effects)}`;
}

/** Compiles a transition without its effects, and returns them beside it. */
function compileChange(leaf: AnyStateNode, transition: Transition): { fields: string; effects: string[] } {
  const where = `${leaf.path.join('.')} on ${transition.eventType}`;
  const { updates: names, effects: requested } = readActions(where, transition.actions);
  if (names.length !== 1)
    throw new Error(`${where}: a transition must have exactly one update, but this one has ${names.length}.`);
  if (
    transition.guard !== undefined &&
    (typeof transition.guard !== 'string' || !Object.hasOwn(guards, transition.guard))
  ) {
    throw new Error(`${where}: a guard must be the name of a guard in src/guards.`);
  }
  if (!(eventTypes as readonly string[]).includes(transition.eventType))
    throw new Error(`${where}: unknown event.`);
  if (transition.reenter || (transition.target?.length ?? 0) > 1)
    throw new Error(`${where}: a transition must have at most one target, and must not re-enter it.`);
  const guard = transition.guard === undefined ? 'undefined' : `guards.${transition.guard}`;
  const status = statusAfter(leaf, transition);
  return { fields: `guard: ${guard}, status: '${status}', update: updates.${names[0]}`, effects: requested };
}

/** Sorts the named actions of a transition into its updates and its effects. */
export function readActions(
  where: string,
  actions: readonly unknown[],
): { updates: string[]; effects: string[] } {
  const names = actions.map((action) => {
    if (typeof action === 'string') return action;
    throw new Error(`${where}: an action must be a string.`);
  });
  const unknown = names.find((name) => !(name in updates) && !(name in effectsByName));
  if (unknown !== undefined) throw new Error(`${where}: ${unknown} is neither an update nor an effect.`);
  return {
    updates: names.filter((name) => name in updates),
    effects: names.filter((name) => name in effectsByName),
  };
}

const quote = (word: string) => `'${word}'`;
const list = (words: readonly string[], show = (word: string) => `effects.${word}`) =>
  `[${words.map(show).join(', ')}]`;
