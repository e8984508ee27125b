import { readFileSync } from 'node:fs';
import type { Option } from 'commander';
import { valueOption } from './command.ts';
import { anyText, httpUrl } from './values.ts';

/** Options of the commands for the operator of a running server. */
export interface ServerOptions {
  /** The URL of the server. */
  readonly url: string;
  /** A file with the bearer token of an operator. */
  readonly tokenFile?: string;
}

/** Creates the options with which a command finds a running server. */
export function serverOptions(): readonly Option[] {
  return [
    valueOption('--url <url>', 'the URL of the server', httpUrl).default('http://127.0.0.1:8080'),
    valueOption('--token-file <file>', 'a file with the bearer token of an operator', anyText),
  ];
}

/** Sends a request to a server: a POST when it has a body. Returns the JSON of the response. Throws with the sentence of the server. */
export async function requestOf<Json>(
  { url, tokenFile }: ServerOptions,
  path: string,
  body?: object,
): Promise<Json> {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  const at = `${url.replace(/\/+$/, '')}${path}`;
  const response = await fetch(at, {
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Error(`No server responds at ${at}.`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text) as Json;
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(`Cannot read the token file ${path}: ${(cause as Error).message}`, { cause });
  }
}
