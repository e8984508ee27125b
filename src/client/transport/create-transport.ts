import { createConnection } from './connection.ts';
import type { Protocol } from './protocol.ts';
import type { Transport } from './transport.ts';

/**
 * The way to a server over a wire of one's own: with a stream where the wire can follow, by polling where it cannot or
 * while the stream is broken.
 *
 * @example
 * const transport = createTransport({ isVersioned: false, read, send });
 */
export function createTransport(wire: Protocol): Transport {
  return {
    isVersioned: wire.isVersioned,
    send: (request, signal) => wire.send(request, signal),
    connect: (setting, target) => createConnection(wire, setting, target),
  };
}
