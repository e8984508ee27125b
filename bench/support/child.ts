import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, so that who measures does not share its processor time. */
export interface BenchServer {
  readonly port: number;
  /** From the start of its program until it listened, in ms. */
  readonly startMs: number;
  readonly residentBytes: () => Promise<number>;
  /** Stops it, and answers what it has seen. */
  stop(): Promise<Seen>;
}

/** What a server has seen. */
interface Seen {
  /** How late each timeout was sent, in ms. */
  readonly latenesses: number[];
  readonly commits: number;
  /** In how many transactions. */
  readonly batches: number;
  readonly residentBytes: number;
  readonly longestBlockMs: number;
}

/** Starts a server on a database. */
export async function startServer(database: string): Promise<BenchServer> {
  const script = fileURLToPath(new URL('support/bench-server.js', import.meta.url));
  const child = fork(script, [database]);
  const { port, startMs } = await told<{ port: number; startMs: number }>(child);
  return {
    port,
    startMs,
    async residentBytes() {
      child.send('memory');
      return (await told<{ residentBytes: number }>(child)).residentBytes;
    },
    async stop() {
      child.send('stop');
      const seen = await told<Seen>(child);
      await once(child, 'exit');
      return seen;
    },
  };
}

async function told<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The server ended with ${code}.`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message as Message;
}
