import type { Command } from 'commander';
import { createBackupCommand } from './backup/command.ts';
import { createCheckCommand } from './check/command.ts';
import { createCommand } from './command.ts';
import { createConfirmAbsencesCommand } from './confirm-absences/command.ts';
import { createDiagramCommand } from './diagram/command.ts';
import { createHostsCommand } from './hosts/command.ts';
import { createInspectCommand } from './inspect/command.ts';
import { createMigrateCommand } from './migrate/command.ts';
import { createOrphansCommand } from './orphans/command.ts';
import { createPlatformCommand } from './platform/command.ts';
import { createServeCommand } from './serve/command.ts';
import { readVersion } from './version.ts';

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
  const confirmAbsences = createConfirmAbsencesCommand(async (options) => {
    const { confirmAbsences } = await import('./confirm-absences/confirm-absences.ts');
    process.stdout.write(await confirmAbsences(options));
  });
  const orphans = createOrphansCommand(async (options) => {
    process.stdout.write(await (await import('./orphans/orphans.ts')).orphans(options));
  });
  const hosts = createHostsCommand(async (options) => {
    process.stdout.write(await (await import('./hosts/hosts.ts')).hosts(options));
  });
  const backup = createBackupCommand(async (options) => {
    const { makeBackup } = await import('./backup/backup.ts');
    process.stdout.write(await makeBackup(options));
  });
  const migrate = createMigrateCommand(async (options) => {
    process.stdout.write(await (await import('./migrate/migrate.ts')).migrateData(options));
  });
  const diagram = createDiagramCommand(async (format) => {
    const { diagramText } = await import('./diagram/diagram.ts');
    process.stdout.write(diagramText(format));
  });
  const platform = createPlatformCommand(async (options) => {
    await (await import('./platform/platform.ts')).servePlatform(options);
  });
  return program
    .addCommand(serve, { isDefault: defaultCommand === 'serve' })
    .addCommand(check)
    .addCommand(inspect)
    .addCommand(diagram)
    .addCommand(backup)
    .addCommand(migrate)
    .addCommand(confirmAbsences)
    .addCommand(orphans)
    .addCommand(hosts)
    .addCommand(platform);
}
