import { Command, Option } from 'commander';
import { readValue, type ValueReader } from './values.ts';

/** Creates a command that throws on a wrong call instead of ending the process. */
export function createCommand(name: string, description: string): Command {
  return (
    new Command(name)
      .description(description)
      .helpOption('-h, --help', 'show this help')
      .exitOverride()
      // `run` prints errors.
      .configureOutput({ outputError: () => {}, getOutHelpWidth: () => 100 })
  );
}

/** Creates an option with a value that `reader` reads. */
export function valueOption(flags: string, description: string, reader: ValueReader<unknown>): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => readValue(reader, text, `--${option.name()}`));
}

/** One flag of a command. */
export interface Flag {
  readonly flags: string;
  readonly help: string;
  /** Without one, the flag is a switch. */
  readonly reader?: ValueReader<unknown>;
  /** The default: its value, and its text where that reads better. */
  readonly default?: readonly [value: unknown, text?: string];
}

/** Creates the option of a flag. */
export function toOption({ flags, help, reader, default: byDefault = [undefined] }: Flag): Option {
  if (reader === undefined) return new Option(flags, help);
  return valueOption(flags, help, reader).default(...byDefault);
}
