import type { MachineDefinition, StateDefinition, TransitionDefinition } from './definition.ts';

/** Writes a machine as a Mermaid state diagram. All transitions from one state to another are one arrow. */
export function toMermaid(machine: MachineDefinition): string {
  return `stateDiagram-v2
  %% ${plain(machine.description)}
${inside(machine, '', '  ')}
`;
}

function inside(state: StateDefinition, path: string, indent: string): string {
  const children = Object.entries(state.states).map(
    ([name, child]) => [path === '' ? name : `${path}.${name}`, child] as const,
  );
  return [
    ...children.map(([at, child]) => describe(at, child, indent)),
    ...(state.initial === undefined ? [] : [`${indent}[*] --> ${idOf(state.initial)}`]),
    ...[...children, ...children.flatMap(([at, child]) => below(at, child))].flatMap(([at, child]) =>
      arrows(at, child, path, indent),
    ),
  ].join('\n');
}

/** Returns the descendants of a state. */
const below = (path: string, state: StateDefinition): [string, StateDefinition][] =>
  Object.entries(state.states).flatMap(([name, child]) => [
    [`${path}.${name}`, child],
    ...below(`${path}.${name}`, child),
  ]);

/** Writes a state. A compound state has a title and no description, because Mermaid draws only one of them. */
function describe(path: string, state: StateDefinition, indent: string): string {
  const id = idOf(path);
  if (Object.keys(state.states).length === 0) return `${indent}${id} : ${plain(state.description)}`;
  return `${indent}state "${path}" as ${id} {\n${inside(state, path, `${indent}  `)}\n${indent}}`;
}

/** Writes the arrows that belong to this state. Mermaid draws a target inside the block that names it first. */
function arrows(path: string, state: StateDefinition, around: string, indent: string): string[] {
  const labels = new Map<string, string[]>();
  for (const [event, transitions] of Object.entries(state.on))
    for (const transition of transitions) {
      const target = transition.target ?? path;
      if (commonParent(path, target) !== around) continue;
      labels.set(target, [...(labels.get(target) ?? []), label(event, transition)]);
    }
  const drawn = [...labels].map(
    ([target, lines]) => `${indent}${idOf(path)} --> ${idOf(target)} : ${lines.join('<br/>')}`,
  );
  return state.type === 'final' && parentOf(path) === around
    ? [...drawn, `${indent}${idOf(path)} --> [*]`]
    : drawn;
}

const parentOf = (path: string) => path.split('.').slice(0, -1).join('.');

/** The innermost state that contains both. */
function commonParent(one: string, other: string): string {
  let parent = parentOf(one);
  while (parent !== '' && !other.startsWith(`${parent}.`)) parent = parentOf(parent);
  return parent;
}

const label = (event: string, { guard }: TransitionDefinition) =>
  plain(guard === null ? event : `${event} [${guard}]`);

/** Mermaid ids contain no dots. */
const idOf = (path: string) => path.replaceAll('.', '_');

/** Colons and semicolons would end the text. */
const plain = (text: string) => text.replace(/[:;] /g, ', ').replace(/[:;#<>"\n]/g, ' ');
