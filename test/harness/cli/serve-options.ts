import { createServeCommand, type Environment } from '../../../src/cli/serve/command.ts';
import { readServeOptions, type ServeOptions } from '../../../src/cli/serve/serve-options.ts';

/** The options that `serve` reads from arguments and environment variables. */
export function serveOptionsOf(args: readonly string[], environment: Environment = {}): ServeOptions {
  const read: ServeOptions[] = [];
  const command = createServeCommand(environment, (flags) => {
    read.push(readServeOptions(flags));
  });
  command.parse(args, { from: 'user' });
  const [options] = read;
  if (options === undefined) throw new Error('The command did not run.');
  return options;
}
