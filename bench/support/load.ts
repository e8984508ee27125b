import { connect } from 'node:net';

/** The result of a load. */
export interface Load {
  readonly responses: number;
  /** From the request to its response, in ms. */
  readonly latencies: number[];
}

/**
 * Sends requests on this number of persistent connections, each as soon as the response before has arrived, with status 200. It uses plain sockets, because a client that parses HTTP uses as much of the machine as the measured server.
 */
export async function load(
  port: number,
  connections: number,
  milliseconds: number,
  requestOf: (connection: number) => string,
): Promise<Load> {
  const latencies: number[] = [];
  const end = performance.now() + milliseconds;
  await Promise.all(Array.from({ length: connections }, (_, lane) => run(lane)));
  return { responses: latencies.length, latencies };

  function run(lane: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
      let sentAt = 0;
      let response = '';
      const send = () => {
        sentAt = performance.now();
        socket.write(requestOf(lane));
      };
      socket
        .on('connect', send)
        .on('error', reject)
        .on('close', () => resolve());
      socket.on('data', (part) => {
        response += part;
        if (!isComplete(response)) return;
        if (!response.startsWith('HTTP/1.1 200 ')) return reject(new Error(response));
        response = '';
        const now = performance.now();
        latencies.push(now - sentAt);
        if (now < end) send();
        else socket.end();
      });
    });
  }
}

/** Whether a response has arrived with all of its body. */
function isComplete(response: string): boolean {
  const headEnd = response.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(response.slice(0, headEnd))?.[1] ?? 0;
  return response.length >= headEnd + 4 + Number(length);
}
