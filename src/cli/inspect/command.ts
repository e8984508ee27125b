import type { Command } from 'commander';
import { createCommand, valueOption } from '../command.ts';
import { UsageError } from '../errors.ts';
import { anyText, port } from '../values.ts';

/** Options of `inspect`. */
export interface InspectOptions {
  /** The URL of a server, or the path of a session file. */
  readonly target: string;
  readonly isServer: boolean;
  /** A file with the bearer token for the server. */
  readonly tokenFile: string | undefined;
  /** The port of the page; any free one when undefined. */
  readonly port: number | undefined;
  /** The file to write the page to, instead of serving it. */
  readonly out: string | undefined;
}

/** The default address of `serve`. */
const localServer = 'http://127.0.0.1:8080';

/** Creates the command `inspect`. */
export function createInspectCommand(run: (options: InspectOptions) => Promise<void> | void): Command {
  return createCommand('inspect', 'Show a running server or a recorded session in a browser')
    .argument('[target]', 'the URL of a server, or a session file', localServer)
    .addOption(valueOption('--token-file <file>', 'a file with the bearer token for the server', anyText))
    .addOption(valueOption('--port <port>', 'the port of the page (default: any free one)', port))
    .addOption(valueOption('--out <file>', 'write a session as one HTML file instead of serving it', anyText))
    .action((target: string, flags: Omit<InspectOptions, 'target' | 'isServer'>) =>
      run(checkOptions(target, flags)),
    );
}

function checkOptions(target: string, { tokenFile, port, out }: Partial<InspectOptions>): InspectOptions {
  const isServer = /^https?:\/\//.test(target);
  if (isServer && !URL.canParse(target)) throw new UsageError(`${target} is not a valid URL of a server.`);
  if (isServer && out !== undefined)
    throw new UsageError('--out is for a session file; it cannot be used with a server.');
  if (!isServer && tokenFile !== undefined)
    throw new UsageError('--token-file is for a server; it cannot be used with a session file.');
  return { target, isServer, tokenFile, port, out };
}
