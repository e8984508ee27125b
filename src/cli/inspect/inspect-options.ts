import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../help.ts';

/** What `inspect` is told. */
export interface InspectOptions {
  /** The address of a server, or the path of a session. */
  readonly what: string;
  readonly isServer: boolean;
  /** For the server. */
  readonly token: string | undefined;
  /** Where the page is served; any free port when undefined. */
  readonly port: number | undefined;
  /** Where the page is written instead. */
  readonly out: string | undefined;
}

/** The server of this machine. */
const usual = 'http://127.0.0.1:8080';

/** Reads the arguments of `inspect`. Throws a {@link UsageError} for what it does not know. */
export function readInspectOptions(args: readonly string[]): InspectOptions {
  const { values, positionals } = parse(args);
  const [what = usual, ...more] = positionals;
  if (more.length > 0) throw new UsageError('inspect takes one server or one session.');
  const isServer = /^https?:\/\//.test(what);
  if (isServer && !URL.canParse(what)) throw new UsageError(`${what} is no address of a server.`);
  const { out } = values;
  if (isServer && out !== undefined) throw new UsageError('--out is for a session, and a server has no end.');
  if (!isServer && values['token-file'] !== undefined)
    throw new UsageError('--token-file is for a server, and a session needs none.');
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port ${values.port} is no port.`);
  return { what, isServer, token: readToken(values['token-file']), port, out };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { 'token-file': text, port: text, out: text },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A token is read from a file, because everybody on a machine can read the arguments of a command. */
function readToken(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(`--token-file ${path} cannot be used: ${(cause as Error).message}`, { cause });
  }
}
