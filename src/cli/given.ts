import { parseArgs } from 'node:util';
import { UsageError } from './help.ts';
import { type FlagName, serveFlags, variableOf } from './serve/serve-flags.ts';
import type { Given } from './values.ts';

/** Where options come from: the environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Looks up what was given for a flag. */
export type Look = (name: FlagName) => Given | undefined;

/** What was given: the flags, and from the environment what they do not say. Throws a {@link UsageError}. */
export function givenOf(args: readonly string[], environment: Environment): Look {
  const values = parse(args);
  return (name) => {
    const flag = values[name];
    if (flag !== undefined) return { text: String(flag), source: `--${name}` };
    const variable = variableOf(name);
    const text = environment[variable];
    // An empty variable is how many set none.
    return text ? { text, source: variable } : undefined;
  };
}

function parse(args: readonly string[]): Record<string, string | boolean | undefined> {
  const flags = serveFlags.flatMap((group) => [...group.flags]);
  const options = flags.map((flag) => [flag.name, { type: 'value' in flag ? 'string' : 'boolean' }] as const);
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(options) }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
