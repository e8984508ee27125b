import { CommanderError } from 'commander';
import { describeError, UsageError } from './errors.ts';
import { createProgram } from './program.ts';

/** Options of {@link run}. */
export interface RunOptions {
  /** The name in the help; `sandbox-lifecycle` by default. */
  readonly name?: string;
  /** The command that runs when the arguments name none. Without it, the help is printed. */
  readonly defaultCommand?: 'serve';
}

/**
 * Runs the command `sandbox-lifecycle`. Prints errors to the standard error, and sets the exit code of the process: 2 for
 * a wrong call, 1 for every other error.
 *
 * @example
 * await run(['serve', '--port', '9000']);
 */
export async function run(
  args: readonly string[],
  { name = 'sandbox-lifecycle', defaultCommand }: RunOptions = {},
): Promise<void> {
  const program = createProgram(name, defaultCommand);
  const showsHelp = args.length === 0 && defaultCommand === undefined;
  try {
    await program.parseAsync(showsHelp ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    // The help and the version end the parsing this way.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const names = program.commands.map((command) => command.name());
    const isUsage = error instanceof CommanderError || error instanceof UsageError;
    console.error(error instanceof CommanderError ? describeUsage(error, names) : describeError(error));
    if (isUsage) {
      const command = names.find((name) => name === args[0]) ?? defaultCommand;
      const path = command === undefined ? program.name() : `${program.name()} ${command}`;
      console.error(`\nRun "${path} --help" for the usage.`);
    }
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** A wrong call as sentences: `Unknown option '--prot'. Did you mean --port?` */
function describeUsage({ message, code }: CommanderError, commands: readonly string[]): string {
  const [problem = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1)}`.replace(/\.?$/, '.');
  if (suggestion !== undefined) return `${sentence} ${suggestion.replace(/^\(|\)$/g, '')}`;
  return code === 'commander.unknownCommand'
    ? `${sentence} The commands are ${commands.join(', ')}.`
    : sentence;
}
