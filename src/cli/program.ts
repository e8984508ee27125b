import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { createCheckCommand } from './check/command.ts';
import { createCommand } from './command.ts';
import { createDiagramCommand } from './diagram/command.ts';
import { createInspectCommand } from './inspect/command.ts';
import { createServeCommand } from './serve/command.ts';

/** Creates the command with its subcommands. Each loads its implementation when it runs, not before. */
export function createProgram(name: string, defaultCommand: 'serve' | undefined): Command {
  const program = createCommand(name, 'Cloud sandboxes as one explicit state machine')
    .version(readVersion(), '-V, --version', 'show the version')
    .helpCommand('help [command]', 'Show the help of a command');
  const serve = createServeCommand(process.env, async (flags) => {
    const [{ serve }, { readServeOptions }] = await Promise.all([
      import('./serve/serve.ts'),
      import('./serve/serve-options.ts'),
    ]);
    await serve(readServeOptions(flags));
  });
  const check = createCheckCommand(async (path, flags) => {
    await (await import('./check/check.ts')).check(path, flags);
  });
  const inspect = createInspectCommand(async (options) => {
    await (await import('./inspect/inspect.ts')).inspect(options);
  });
  const diagram = createDiagramCommand(async (format) => {
    const { diagramText } = await import('./diagram/diagram.ts');
    process.stdout.write(diagramText(format));
  });
  return program
    .addCommand(serve, { isDefault: defaultCommand === 'serve' })
    .addCommand(check)
    .addCommand(inspect)
    .addCommand(diagram);
}

/** The version of the package, from its own package.json, wherever this file was bundled to. */
function readVersion(): string {
  const { version } = createRequire(import.meta.url)('sandbox-lifecycle/package.json') as {
    version: string;
  };
  return version;
}
