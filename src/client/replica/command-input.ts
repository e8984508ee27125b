import type { Command, CommandName } from '../../model/events.ts';
import type { SnapshotType } from '../transport/command-request.ts';

/** A command as a person asks for it: its name, or the name with its arguments. */
export type CommandInput =
  | Exclude<CommandName, 'rename'>
  | { readonly type: Exclude<CommandName, 'rename' | 'snapshot'> }
  | { readonly type: 'snapshot'; readonly snapshotType?: SnapshotType | undefined }
  | { readonly type: 'rename'; readonly name: string };

/** The event that is asked for at this time (epoch ms of the server's clock). The command has this id. */
export function commandOf(asked: CommandInput | CommandName, id: string, at: number): Command {
  const { type = asked as CommandName, name = 'name' } = asked as { type?: CommandName; name?: string };
  if (type === 'rename') return { type, name, at };
  // The server gives a snapshot its name. Until that is known, the command's own stands for it.
  return type === 'snapshot' ? { type, snapshotId: id, at } : { type, at };
}

/** The event that stands for a question. */
export const commandOfQuery = (question: CommandInput | CommandName): Command =>
  commandOf(question, 'snapshot', 0);
