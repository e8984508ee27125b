import type { ClientContext } from './client-context.ts';
import type { State } from './state.ts';
import { commandViewsOf, type SandboxView, stateViewOf } from './view.ts';

/**
 * Creates the function that computes the view of one sandbox of a list. It returns the last view as long as the view would
 * show the same. It predicts the commands when a page reads them: most views of a long list are never asked.
 */
export function createListedView(name: string, context: ClientContext): (state: State) => SandboxView {
  let lastState: State | undefined;
  let last: SandboxView | undefined;
  let commands: Commands | undefined;

  return (state) => {
    if (state === lastState) return last as SandboxView;
    lastState = state;
    const view = stateViewOf(name, state, context, last);
    if (last && (Object.keys(view) as (keyof typeof view)[]).every((key) => view[key] === last?.[key]))
      return last;
    if (!commands || last?.sandbox !== view.sandbox || last.pending !== view.pending)
      commands = { view, known: commands?.known };
    commandsOf.set(view, commands);
    last = Object.freeze(Object.defineProperty(view, 'commands', lazyCommands)) as SandboxView;
    return last;
  };
}

/** The commands of all views with this sandbox and these pending commands; `known` are the last computed ones. */
interface Commands {
  readonly view: Omit<SandboxView, 'commands'>;
  known: SandboxView['commands'] | undefined;
  isComputed?: true;
}

const commandsOf = new WeakMap<object, Commands>();

/** The property `commands` of every view. One getter for all, so that the engine gives all views one shape. */
const lazyCommands: PropertyDescriptor & ThisType<SandboxView> = {
  enumerable: true,
  get() {
    const commands = commandsOf.get(this) as Commands;
    if (!commands.isComputed) commands.known = commandViewsOf(commands.view, commands.known);
    commands.isComputed = true;
    return commands.known;
  },
};
