import type { Refusal } from '../guards/command.ts';
import { mustBe, mustBeObject, oneOf } from '../model/checks.ts';
import { type Command, type CommandName, commands, type WithoutTime } from '../model/events.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { transition } from './transition.ts';

/** A command by its name alone, which stands for valid arguments, or with the arguments of the user. */
export type CommandQuery = CommandName | WithoutTime<Command>;

const commandName = oneOf(commands);

/** Valid arguments, for a query without arguments. */
const examples: { readonly [Name in CommandName]: Command } = {
  suspend: { type: 'suspend', at: 0 },
  resume: { type: 'resume', at: 0 },
  snapshot: { type: 'snapshot', snapshotId: 'snapshot', at: 0 },
  rename: { type: 'rename', name: 'name', at: 0 },
  keepalive: { type: 'keepalive', at: 0 },
  terminate: { type: 'terminate', at: 0 },
};

/**
 * Returns the refusal that this command would get now, with the sentence for a disabled button or an API, or undefined when
 * the command is allowed. Throws {@link MalformedInputError} for anything that is not a command.
 *
 * @example
 * why(sandbox, 'suspend')?.message; // 'Cannot suspend a running sandbox: it has no name, …'
 * why(sandbox, { type: 'rename', name: '' })?.code; // 'invalid'
 */
export function why(sandbox: Sandbox, command: CommandQuery): Refusal | undefined {
  if (typeof command !== 'string') mustBeObject('command', command);
  const name = typeof command === 'string' ? command : command.type;
  mustBe(commandName, 'command', name);
  const event = typeof command === 'string' ? examples[command] : ({ ...command, at: 0 } as Command);
  return transition(sandbox, event).refusal;
}

/**
 * Whether this command is allowed now: false exactly when {@link why} returns a refusal.
 *
 * @example
 * can(sandbox, 'resume'); // true
 */
export function can(sandbox: Sandbox, command: CommandQuery): boolean {
  return why(sandbox, command) === undefined;
}
