import { describe, expect, it } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { diagramText } from '../../../../src/cli/diagram/diagram.ts';
import {
  definitionOf,
  type MachineDefinition,
  type StateDefinition,
  toMermaid,
} from '../../../../src/inspect/diagram/index.ts';
import { sandboxMachine } from '../../../../src/machine/sandbox-machine.ts';

const nodes = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodes)];

/** Every transition as XState has it, one per line: `source event [guard] target actions`. */
const inMachine = nodes(sandboxMachine.root).flatMap((node) =>
  [...node.transitions.values()].flat().map(({ eventType, guard, target, actions }) => {
    const source = node.path.join('.');
    return `${source} ${eventType} [${guard ?? ''}] ${target?.[0]?.path.join('.') ?? source} ${actions.join(' ')}`;
  }),
);
const withoutActions = inMachine.map((line) => line.split(' ').slice(0, 4).join(' '));

describe('the definition as JSON', () => {
  it('contains every transition with its guard and its actions', () => {
    const read = (path: string, { on, states }: StateDefinition): string[] => [
      ...Object.entries(on).flatMap(([event, transitions]) =>
        transitions.map(
          ({ guard, target, actions }) =>
            `${path} ${event} [${guard ?? ''}] ${target ?? path} ${actions.join(' ')}`,
        ),
      ),
      ...Object.entries(states).flatMap(([name, state]) =>
        read(path === '' ? name : `${path}.${name}`, state),
      ),
    ];
    const definition = JSON.parse(diagramText('json')) as MachineDefinition;
    expect(definition.id).toBe('sandbox');
    expect(read('', definition)).toEqual(inMachine);
  });

  it('describes each state', () => {
    const { states, initial } = definitionOf(sandboxMachine);
    expect(initial).toBe('pending');
    expect(states['pending']).toMatchObject({ type: 'atomic', entry: ['requestBoot'] });
    expect(states['suspended']).toMatchObject({ type: 'compound', initial: 'suspended.idle' });
    expect(states['suspending']).toMatchObject({ joined: ['suspend'], satisfied: [] });
    expect(states['terminated']).toMatchObject({ type: 'final', on: {}, satisfied: ['terminate'] });
  });
});

describe('the diagram as Mermaid', () => {
  const text = diagramText('mermaid');
  const lines = text.split('\n').map((line) => line.trim());

  it('contains every transition with its guard, and each pair of states once', () => {
    const arrows = lines.flatMap((line) => {
      const [, source, target, label] = /^(\w+) --> (\w+) : (.*)$/.exec(line) ?? [];
      return source === undefined ? [] : [{ pair: `${source} ${target}`, source, target, label }];
    });
    expect(new Set(arrows.map(({ pair }) => pair)).size).toBe(arrows.length);
    const found = arrows.flatMap(({ source, target, label = '' }) =>
      label.split('<br/>').map((text) => {
        const [event, guard = '[]'] = text.split(' ');
        return `${source} ${event} ${guard} ${target}`;
      }),
    );
    expect(found.toSorted()).toEqual(withoutActions.map((line) => idsOf(line)).toSorted());
  });

  /** The states of a line as Mermaid ids. */
  const idsOf = (line: string) =>
    line.replace(/^suspended\./, 'suspended_').replace(/ suspended\./, ' suspended_');

  it('begins and ends where the machine does', () => {
    expect(lines[0]).toBe('stateDiagram-v2');
    expect(lines).toContain('[*] --> pending');
    expect(lines).toContain('terminated --> [*]');
  });

  it('draws an arrow out of a compound state outside of it', () => {
    const inside = text.slice(text.indexOf('{'), text.indexOf('}'));
    expect(inside).toContain('suspended_idle --> suspended_resuming');
    expect(inside).not.toContain('running');
  });

  it('contains no character that would end a text', () => {
    const hostile = 'a; b: c\nd # e "f"';
    const drawn = toMermaid({ ...definitionOf(sandboxMachine), description: hostile });
    expect(drawn.split('\n')[1]).toBe('  %% a, b, c d   e  f ');
    for (const line of lines.slice(1)) expect(line.replace(' : ', '')).not.toMatch(/[:;#]/);
  });
});
