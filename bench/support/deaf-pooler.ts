import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A relay to PostgreSQL. */
export interface Pooler {
  /** The URL through it. */
  readonly url: string;
  close(): void;
}

/** The type of a message of PostgreSQL that carries a notification. */
const notification = 'A'.charCodeAt(0);

/** Starts a relay that delivers no notifications, as the poolers that change the connection with each transaction. */
export async function startDeafPooler(url: string): Promise<Pooler> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    const pass = withoutNotifications((message) => void client.write(message));
    upstream.on('data', pass);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const through = new URL(url);
  through.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: through.href,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Splits what a server sends into messages: a type, a length with itself, and the content. */
function withoutNotifications(pass: (message: Buffer) => void): (part: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (part) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 5) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest.length < end) return;
      if (rest[0] !== notification) pass(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
