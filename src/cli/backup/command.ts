import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { type ServerOptions, serverOptions } from '../server-request.ts';

/** Options of `backup`. */
export interface BackupOptions extends ServerOptions {
  /** The data folder of a server. */
  readonly data: string;
  /** The new file. */
  readonly out: string;
}

/** Creates the command `backup`. */
export function createBackupCommand(run: (options: BackupOptions) => Promise<void> | void): Command {
  const command = createCommand('backup', 'Back up the database of a server, while it runs or not')
    .argument('<data>', 'the data folder of the server, or postgres://…')
    .argument('<out>', 'the new file, whose name ends in .db')
    .addHelpText(
      'after',
      '\nA running server makes the backup itself, so --url must be its address. The backup has all records, not the files of the sandboxes.',
    );
  for (const option of serverOptions()) command.addOption(option);
  return command.action((data: string, out: string, options: ServerOptions) =>
    run({ ...options, data, out }),
  );
}
