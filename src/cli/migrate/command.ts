import { Argument, type Command } from 'commander';
import { createCommand } from '../command.ts';
import { postgresUrl, readValue } from '../values.ts';

/** Options of `migrate`. */
export interface MigrateOptions {
  /** The data folder of a server that does not run, or a backup. */
  readonly data: string;
  /** The PostgreSQL database. */
  readonly store: URL;
}

/** Creates the command `migrate`. */
export function createMigrateCommand(run: (options: MigrateOptions) => Promise<void> | void): Command {
  return createCommand('migrate', 'Copy the data of a server into an empty PostgreSQL database')
    .argument('<data>', 'the data folder of a stopped server, or a backup')
    .addArgument(
      new Argument('<store>', 'the database, such as postgres://user@host/database').argParser((text) =>
        readValue(postgresUrl, text, '<store>'),
      ),
    )
    .addHelpText(
      'after',
      '\nThe database has everything, checked and compared, or nothing. The data folder stays as it is.',
    )
    .action((data: string, store: URL) => run({ data, store }));
}
