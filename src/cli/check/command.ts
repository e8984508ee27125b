import type { Command } from 'commander';
import { createCommand } from '../command.ts';

/** Options of `check`. */
export interface CheckFlags {
  /** Whether the trace may leave out observations. */
  readonly sampled?: boolean;
}

/** Creates the command `check`. */
export function createCheckCommand(run: (path: string, flags: CheckFlags) => Promise<void> | void): Command {
  return createCommand('check', "Check a trace, a server's data folder, a backup or a PostgreSQL database")
    .argument(
      '<path>',
      'a trace as JSON lines (- for the standard input), a data folder, a backup, or postgres://…',
    )
    .option('--sampled', 'the trace may leave out observations')
    .addHelpText(
      'after',
      '\nThe exit code is 0 when everything is legal, 1 when something is not, 2 when the input cannot be read.',
    )
    .action((path: string, flags: CheckFlags) => run(path, flags));
}
