import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseTokens, type Token } from '../server/index.ts';
import { UsageError } from './help.ts';

/** What `serve` is told. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Whether the port was asked for: then another one will not do. */
  readonly portAsked: boolean;
  readonly data: string;
  readonly tokens: readonly Token[] | undefined;
}

/** Reads the arguments of `serve`. Throws a {@link UsageError} for what it does not know. */
export function readServeOptions(args: readonly string[]): ServeOptions {
  const values = parse(args);
  const { host = '127.0.0.1', data = './data', driver = 'process' } = values;
  const port = Number(values.port ?? 8080);
  if (!/^\d{1,5}$/.test(values.port ?? '8080') || port > 65_535)
    throw new UsageError(`--port ${values.port} is no port.`);
  if (driver !== 'process') throw new UsageError(`--driver ${driver} is not there; there is process.`);
  const tokens = values.tokens === undefined ? undefined : readTokens(values.tokens);
  if (tokens === undefined && !isLoopback(host)) {
    throw new UsageError(
      `--host ${host} can be reached from elsewhere; give --tokens, or listen on 127.0.0.1.`,
    );
  }
  return { host, port, portAsked: values.port !== undefined, data, tokens };
}

function readTokens(path: string): readonly Token[] {
  try {
    return parseTokens(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`--tokens ${path} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { host: text, port: text, data: text, driver: text, tokens: text },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
