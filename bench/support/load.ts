import { connect } from 'node:net';

/** What came of a load. */
export interface Load {
  readonly answers: number;
  /** From the request to its answer, in ms. */
  readonly latencies: number[];
}

/**
 * Sends requests on so many kept connections, each the next as soon as the last is answered with 200 and no body. Plain
 * sockets, because a client that parses HTTP takes as much of the machine as the server that is measured.
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
  return { answers: latencies.length, latencies };

  function run(lane: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
      let asked = 0;
      let answer = '';
      const ask = () => {
        asked = performance.now();
        socket.write(requestOf(lane));
      };
      socket
        .on('connect', ask)
        .on('error', reject)
        .on('close', () => resolve());
      socket.on('data', (part) => {
        answer += part;
        if (!answer.endsWith('\r\n\r\n')) return;
        if (!answer.startsWith('HTTP/1.1 200 ')) return reject(new Error(answer));
        answer = '';
        const now = performance.now();
        latencies.push(now - asked);
        if (now < end) ask();
        else socket.end();
      });
    });
  }
}
