import type { Command } from 'commander';
import { createCommand, valueOption } from '../command.ts';
import { type ServerOptions, serverOptions } from '../server-request.ts';
import { wholeNumber } from '../values.ts';

/** Options of `confirm-absences`. */
export interface ConfirmAbsencesOptions extends ServerOptions {
  /** The number of absent sandboxes to end; undefined to list them only. */
  readonly count?: number;
}

/** Creates the command `confirm-absences`. */
export function createConfirmAbsencesCommand(
  run: (options: ConfirmAbsencesOptions) => Promise<void> | void,
): Command {
  const command = createCommand(
    'confirm-absences',
    'List absent sandboxes of a server, or end them with --count',
  );
  for (const option of serverOptions()) command.addOption(option);
  return command
    .addOption(
      valueOption(
        '--count <n>',
        'end them, if exactly this many are absent',
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .action(run);
}
