import type { Command } from 'commander';
import { createCommand, valueOption } from '../command.ts';
import { UsageError } from '../errors.ts';
import { type ServerOptions, serverOptions } from '../server-request.ts';
import { anyText } from '../values.ts';

/** Options of `orphans`. Without a decision, the command lists. */
export interface OrphansOptions extends ServerOptions {
  readonly decision?: 'keep' | 'release' | 'adopt';
  readonly sandboxIds: readonly string[];
  /** The namespace of adopted sandboxes. */
  readonly namespace: string;
  /** The names of adopted sandboxes, by their ids. */
  readonly names: Readonly<Record<string, string>>;
}

/** The flags as they are given. */
interface OrphansFlags extends ServerOptions {
  readonly keep?: readonly string[];
  readonly release?: readonly string[];
  readonly adopt?: readonly string[];
  readonly namespace: string;
}

/** Creates the command `orphans`. */
export function createOrphansCommand(run: (options: OrphansOptions) => Promise<void> | void): Command {
  const command = createCommand(
    'orphans',
    'List sandboxes on the platform that have no record, or decide about them',
  );
  for (const option of serverOptions()) command.addOption(option);
  return command
    .option('--keep <id...>', 'leave them on the platform for good')
    .option('--release <id...>', 'remove them from the platform with all that they hold')
    .option('--adopt <id...>', 'create records for them: ID=NAME, or ID for one that becomes ephemeral')
    .addOption(
      valueOption('--namespace <namespace>', 'the namespace of adopted sandboxes', anyText).default(
        'default',
      ),
    )
    .action((flags: OrphansFlags) => run(toOptions(flags)));
}

/** Throws a {@link UsageError} for several decisions. */
function toOptions({ keep, release, adopt, ...server }: OrphansFlags): OrphansOptions {
  const given = Object.entries({ keep, release, adopt }).filter(([, ids]) => ids !== undefined);
  if (given.length > 1) throw new UsageError('Pass only one of --keep, --release and --adopt.');
  const [[decision, words = []] = []] = given;
  if (decision === undefined) return { ...server, sandboxIds: [], names: {} };
  const pairs = words.map((word) => (decision === 'adopt' ? word.split(/=(.*)/s) : [word]));
  const named = pairs.filter(([, name]) => name !== undefined);
  return {
    ...server,
    decision: decision as NonNullable<OrphansOptions['decision']>,
    sandboxIds: pairs.map(([id = '']) => id),
    names: Object.fromEntries(named.map(([id = '', name = '']) => [id, name])),
  };
}
