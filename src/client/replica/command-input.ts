import type { Command, CommandName } from '../../model/events.ts';
import type { SnapshotType } from '../transport/command-request.ts';

/** A command as a user enters it: its name, or the name with its arguments. */
export type CommandInput =
  | Exclude<CommandName, 'rename'>
  | { readonly type: Exclude<CommandName, 'rename' | 'snapshot'> }
  | { readonly type: 'snapshot'; readonly snapshotType?: SnapshotType | undefined }
  | { readonly type: 'rename'; readonly name: string };

/** A command whose permission is queried. A name alone stands for the command with valid arguments. */
export type CommandInputOrName = CommandName | CommandInput;

/** Returns the event with this id for an input, at this time (epoch ms of the server's clock). */
export function commandOf(input: CommandInputOrName, id: string, at: number): Command {
  const { type = input as CommandName, name = 'name' } = input as { type?: CommandName; name?: string };
  if (type === 'rename') return { type, name, at };
  // The server names a snapshot. Until its name is known, the id of the command stands for it.
  return type === 'snapshot' ? { type, snapshotId: id, at } : { type, at };
}

/** Returns the event that stands for a query. */
export const commandOfQuery = (query: CommandInputOrName): Command => commandOf(query, 'snapshot', 0);
