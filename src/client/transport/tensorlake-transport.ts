import { createTransport } from './create-transport.ts';
import type { HttpOptions } from './http-calls.ts';
import { tensorlakeProtocol } from './tensorlake-protocol.ts';
import type { Transport } from './transport.ts';

/**
 * The way to any server that speaks the source documents' API alone, without versions, keys or streams: truth is
 * polled and ordered by cause. A command whose answer is lost is read before it is sent again.
 *
 * @example
 * tensorlakeTransport({ url: 'https://api.tensorlake.ai', headers: { authorization: `Bearer ${key}` } });
 */
export function tensorlakeTransport(options: HttpOptions): Transport {
  return createTransport(tensorlakeProtocol(options));
}
