import { element } from '../chart/svg.ts';
import type { MachineDefinition, StateDefinition, TransitionDefinition } from './definition.ts';

/**
 * Writes a machine as SCXML. Guards and actions are calls of functions that the host of the document has to have: a
 * guard and an update are given the event, an effect nothing.
 */
export function toScxml(machine: MachineDefinition): string {
  const events = new Set(eventsOf(machine));
  const attributes = {
    xmlns: 'http://www.w3.org/2005/07/scxml',
    version: '1.0',
    name: machine.id,
    datamodel: 'ecmascript',
    ...(machine.initial && { initial: machine.initial }),
  };
  const content = [comment(machine.description), ...children(machine, '', events)];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('scxml', attributes, block(content))}\n`;
}

const eventsOf = ({ on, states }: StateDefinition): string[] => [
  ...Object.keys(on),
  ...Object.values(states).flatMap(eventsOf),
];

const children = (state: StateDefinition, path: string, events: ReadonlySet<string>): string[] =>
  Object.entries(state.states).map(([name, child]) =>
    writeState(path === '' ? name : `${path}.${name}`, child, events),
  );

function writeState(path: string, state: StateDefinition, events: ReadonlySet<string>): string {
  const content = [
    comment(state.description),
    ...(state.entry.length > 0 ? [element('onentry', {}, block(state.entry.map(call)))] : []),
    ...Object.entries(state.on).flatMap(([event, ways]) =>
      ways.map((way) => writeTransition(event, way, events)),
    ),
    ...children(state, path, events),
  ];
  const initial = state.initial === undefined ? {} : { initial: state.initial };
  return element(state.type === 'final' ? 'final' : 'state', { id: path, ...initial }, block(content));
}

function writeTransition(event: string, way: TransitionDefinition, events: ReadonlySet<string>): string {
  // `snapshot` would also take `snapshot.completed`: an event of SCXML is the beginning of a name.
  const isPrefix = [...events].some((other) => other.startsWith(`${event}.`));
  const conditions = [
    ...(isPrefix ? [`_event.name === '${event}'`] : []),
    ...(way.guard === null ? [] : [`${way.guard}(_event.data)`]),
  ];
  const attributes = {
    event,
    ...(conditions.length > 0 && { cond: conditions.join(' && ') }),
    ...(way.target !== null && { target: way.target }),
  };
  return element('transition', attributes, block([comment(way.description), ...way.actions.map(call)]));
}

const call = (action: string) =>
  element('script', {}, action.startsWith('request') ? `${action}()` : `${action}(_event.data)`);

/** Two hyphens would end a comment, or make it ill-formed. */
const comment = (text: string) => `<!-- ${text.replace(/-{2,}/g, '-').replace(/[<>&]/g, ' ')} -->`;

const block = (lines: readonly string[]) => `\n${lines.join('\n').replace(/^/gm, '  ')}\n`;
