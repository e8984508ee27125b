import { createTransport } from './create-transport.ts';
import type { HttpOptions } from './http-calls.ts';
import { httpProtocol } from './http-protocol.ts';
import type { Transport } from './transport.ts';

/**
 * The way to a server of this package: a stream of Server-Sent Events, or polling while there is none; versions; and a key
 * with every command, so that it is done once however often it is sent.
 *
 * @example
 * httpTransport({ url: 'https://sandboxes.example', headers: () => ({ authorization: `Bearer ${token()}` }) });
 */
export function httpTransport(options: HttpOptions): Transport {
  return createTransport(httpProtocol(options));
}
