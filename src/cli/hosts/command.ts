import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { type ServerOptions, serverOptions } from '../server-request.ts';
import { httpUrl, readValue } from '../values.ts';

/** Options of `hosts`. */
export interface HostsOptions extends ServerOptions {
  /** Whether to list the sandboxes that each host holds. */
  readonly sandboxes?: boolean;
}

/** Creates the command `hosts`. The URL is an argument, or the option that all commands for servers have. */
export function createHostsCommand(run: (options: HostsOptions) => Promise<void> | void): Command {
  const command = createCommand(
    'hosts',
    'List the hosts of a server: who is alive, since when, and how much each holds',
  ).argument('[url]', 'the URL of the server, instead of --url', (text) => readValue(httpUrl, text, 'url'));
  for (const option of serverOptions()) command.addOption(option);
  return command
    .option('--sandboxes', 'also list the sandboxes that each host holds')
    .action((url: string | undefined, flags: HostsOptions) => run({ ...flags, ...(url && { url }) }));
}
