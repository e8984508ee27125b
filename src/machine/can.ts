import type { Refusal } from '../guards/command.ts';
import { mustBe, mustBeObject, oneOf } from '../model/checks.ts';
import { type Command, type CommandName, commands, type WithoutTime } from '../model/events.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { transition } from './transition.ts';

/** A command, by its name alone (with arguments that would do) or with the arguments that a person gave. */
export type CommandQuery = CommandName | WithoutTime<Command>;

const commandName = oneOf(commands);

/** Arguments that are always good, for a question that gives none. */
const examples: { readonly [Name in CommandName]: Command } = {
  suspend: { type: 'suspend', at: 0 },
  resume: { type: 'resume', at: 0 },
  snapshot: { type: 'snapshot', snapshotId: 'snapshot', at: 0 },
  rename: { type: 'rename', name: 'name', at: 0 },
  keepalive: { type: 'keepalive', at: 0 },
  terminate: { type: 'terminate', at: 0 },
};

/**
 * Why this command would be refused now, as a disabled button or an API would say it, or undefined when it would
 * not be. Throws {@link MalformedInputError} for what is no command.
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
 * Whether this command would not be refused now: false exactly when {@link why} has a reason.
 *
 * @example
 * can(sandbox, 'resume'); // true
 */
export function can(sandbox: Sandbox, command: CommandQuery): boolean {
  return why(sandbox, command) === undefined;
}
