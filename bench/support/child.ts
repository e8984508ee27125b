import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, so that the measuring process does not share its processor time. */
export interface BenchServer {
  readonly port: number;
  /** From program start until the server listens, in ms. */
  readonly startMs: number;
  readonly residentBytes: () => Promise<number>;
  /** The CPU time that the server has used, in ms. */
  readonly cpuMs: () => Promise<number>;
  /** Stops the server and returns its measurements. */
  stop(): Promise<Measurements>;
}

/** The measurements of a server. */
interface Measurements {
  /** The lateness of each timeout, in ms. */
  readonly latenesses: number[];
  readonly commits: number;
  /** The number of transactions of these commits. */
  readonly batches: number;
  readonly residentBytes: number;
  readonly longestBlockMs: number;
}

/** Starts a server on a database: the path of a SQLite database, or the URL of PostgreSQL and a schema. */
export async function startServer(database: string, schema?: string): Promise<BenchServer> {
  const script = fileURLToPath(new URL('support/bench-server.js', import.meta.url));
  const child = fork(script, schema === undefined ? [database] : [database, schema]);
  const { port, startMs } = await nextMessage<{ port: number; startMs: number }>(child);
  return {
    port,
    startMs,
    async residentBytes() {
      child.send('memory');
      return (await nextMessage<{ residentBytes: number }>(child)).residentBytes;
    },
    async cpuMs() {
      child.send('cpu');
      const { user, system } = await nextMessage<NodeJS.CpuUsage>(child);
      return (user + system) / 1_000;
    },
    async stop() {
      child.send('stop');
      const measurements = await nextMessage<Measurements>(child);
      await once(child, 'exit');
      return measurements;
    },
  };
}

/** The next message of a process. Rejects when it exits before. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const isOver = new AbortController();
  const { signal } = isOver;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`The server exited with code ${code}.`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message as Message;
  } finally {
    // Otherwise each call would leave listeners behind.
    ended.catch(() => {});
    isOver.abort();
  }
}
