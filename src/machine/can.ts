import { type Refusal, refuse } from '../guards/command.ts';
import { readPayload } from '../model/check-event.ts';
import { mustBe, mustBeObject, oneOf } from '../model/checks.ts';
import { type Command, type CommandName, commands, type Payload, type WithoutTime } from '../model/events.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { isRefusalRule } from './choose.ts';
import { choose } from './transition.ts';

/** A command by its name alone, which stands for valid arguments, or with the arguments of the user. */
export type CommandQuery = CommandName | WithoutTime<Command>;

const commandName = oneOf(commands);

/** Each command with valid arguments of every kind, for a query without arguments. */
const examples: ReadonlyMap<unknown, Payload> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ commands.map((type) => [
    type,
    { type, snapshotId: 'snapshot', name: 'name', timeoutMs: null },
  ]),
);

/**
 * Returns the refusal that this command would get now, with the sentence for a disabled button or an API, or undefined when
 * the command is allowed. Throws {@link MalformedInputError} for anything that is not a command.
 *
 * @example
 * why(sandbox, 'suspend')?.message; // 'Cannot suspend a running sandbox: it has no name, …'
 * why(sandbox, { type: 'rename', name: '' })?.code; // 'invalid'
 */
export function why(sandbox: Sandbox, command: CommandQuery): Refusal | undefined {
  const payload = payloadOf(command);
  const choice = choose(sandbox, payload.type, payload, 0);
  return isRefusalRule(choice) ? refuse(choice, sandbox, payload.type) : undefined;
}

/**
 * Whether this command is allowed now: false exactly when {@link why} returns a refusal.
 *
 * @example
 * can(sandbox, 'resume'); // true
 */
export function can(sandbox: Sandbox, command: CommandQuery): boolean {
  const payload = payloadOf(command);
  return !isRefusalRule(choose(sandbox, payload.type, payload, 0));
}

/** The payload of a query. A command has the same refusal at every instant, so that a query needs no time. */
function payloadOf(command: CommandQuery): Payload {
  const example = examples.get(command);
  if (example !== undefined) return example;
  if (typeof command === 'string') mustBe(commandName, 'command', command);
  mustBeObject('command', command);
  const { type } = command;
  if (!examples.has(type)) mustBe(commandName, 'command', type);
  return readPayload(command, type, 0);
}
