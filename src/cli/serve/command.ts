import type { Command } from 'commander';
import { createCommand, toOption } from '../command.ts';
import { onOrOff, readValue } from '../values.ts';
import { type ServeFlags, serveFlags } from './flags.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const footer = `
Each option can also be an environment variable, such as SANDBOX_LIFECYCLE_PORT=8080 or
SANDBOX_LIFECYCLE_IDLE=true. A flag overrides a variable.

A running server has the console at /, its API at /docs and /openapi.json, its state at /healthz and
/readyz, and Prometheus metrics at /metrics. On SIGINT or SIGTERM it completes the requests in progress and
stops within 10 s; a second signal stops it at once.`;

/** Creates the command `serve`. It takes flags that are absent from `environment`. */
export function createServeCommand(
  environment: Environment,
  run: (flags: ServeFlags) => Promise<void> | void,
): Command {
  const command = createCommand('serve', 'Serve the HTTP API and the console').addHelpText('after', footer);
  const options = Object.entries(serveFlags).flatMap(([title, flags]) =>
    flags.map((flag) => ({ flag, option: toOption(flag).helpGroup(title) })),
  );
  for (const { option } of options) command.addOption(option);
  return command.action((flags: Omit<ServeFlags, 'sources'>) => {
    const values: Record<string, unknown> = { ...flags };
    const sources: Record<string, string> = {};
    for (const { flag, option } of options) {
      const name = option.attributeName();
      const variable = variableOf(option.name());
      // An empty variable counts as unset.
      const text = environment[variable] || undefined;
      if (command.getOptionValueSource(name) === 'cli') {
        sources[name] = `--${option.name()}`;
      } else if (text !== undefined) {
        values[name] = readValue(flag.reader ?? onOrOff, text, variable);
        sources[name] = variable;
      }
    }
    return run({ ...values, sources } as ServeFlags);
  });
}

/** The environment variable of a flag. */
export function variableOf(flag: string): string {
  return `SANDBOX_LIFECYCLE_${flag.toUpperCase().replaceAll('-', '_')}`;
}
