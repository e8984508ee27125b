import type { Command, CommandName, TimeoutsInput } from '../../model/events.ts';
import { timeoutNames } from '../../model/sandbox.ts';
import type { ConfigurationChanges, SnapshotType } from '../transport/command-request.ts';

/** A command as a user enters it: its name, or the name with its arguments. */
export type CommandInput =
  | SimpleCommand
  | 'snapshot'
  | { readonly type: SimpleCommand }
  /** New limits in ms. Null removes a limit, and an omitted one stays. The HTTP API takes whole seconds only. */
  | ({ readonly type: 'setTimeouts' } & TimeoutsInput)
  /** A change of the configuration, which the server keeps beside the record. */
  | { readonly type: 'configure'; readonly configuration: ConfigurationChanges }
  | { readonly type: 'snapshot'; readonly snapshotType?: SnapshotType | undefined }
  | { readonly type: 'rename'; readonly name: string };

/** A command without arguments. */
type SimpleCommand = Exclude<CommandName, 'rename' | 'snapshot' | 'setTimeouts' | 'configure'>;

/** A command whose permission is queried. A name alone stands for the command with valid arguments. */
export type CommandInputOrName = CommandName | CommandInput;

/** Returns the event with this id for an input, at this time (epoch ms of the server's clock). */
export function commandOf(input: CommandInputOrName, id: string, at: number): Command {
  const { type = input as CommandName, name = 'name' } = input as { type?: CommandName; name?: string };
  if (type === 'rename') return { type, name, at };
  if (type === 'setTimeouts') return { type, ...timeoutsOf(input), at };
  // The server names a snapshot. Until its name is known, the id of the command stands for it.
  return type === 'snapshot' ? { type, snapshotId: id, at } : { type, at };
}

/** The limits of an input. A limit of 1 ms stands for valid arguments. */
function timeoutsOf(input: CommandInputOrName): TimeoutsInput {
  if (typeof input === 'string') return { timeoutMs: 1 };
  const limits = timeoutNames.map((name) => [name, (input as TimeoutsInput)[name]] as const);
  return Object.fromEntries(limits.filter(([, limit]) => limit !== undefined));
}

/** Returns the event that stands for a query. */
export const commandOfQuery = (query: CommandInputOrName): Command => commandOf(query, 'snapshot', 0);
