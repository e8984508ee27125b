import type { PendingReason } from '../../../model/sandbox.ts';
import type { Crash, Driver, DriverError, Exit } from '../driver.ts';

/** The methods of a driver that are called over HTTP. */
export const methods = [
  ...(['boot', 'snapshot', 'suspend', 'resume', 'configure', 'release'] as const),
  ...(['deleteSnapshot', 'inventory', 'inspect', 'adopt', 'ownership.read', 'ownership.write'] as const),
] as const;

/** The name of such a method. */
export type Method = (typeof methods)[number];

/** The abilities of a driver: `GET /driver`. */
export interface Abilities extends Pick<Driver, 'kind' | 'snapshotTypes' | 'enforces'> {
  /** The methods that this driver has. */
  readonly methods: readonly Method[];
}

/** A call: the body of `POST /calls/{id}`. */
export interface Call {
  readonly method: Method;
  /** The job without its functions and its signal, or the only argument. */
  readonly argument: unknown;
}

/** A line of the response to a call. The last one has a result or an error. An empty object only shows that the call lives. */
export interface CallLine {
  readonly progress?: PendingReason;
  readonly localReady?: true;
  readonly result?: unknown;
  readonly error?: Pick<DriverError, 'message' | 'retryable' | 'isStale'>;
}

/** A line of `GET /ends`: a sandbox that ended without a request. An empty object only shows that the stream lives. */
export interface EndLine {
  readonly end?: Crash | Exit;
}

/** The time between two lines of a response, in ms. A reader that gets none for four times as long gives the response up. */
export const aliveMs = 5_000;

/** The longest body of a call, in bytes, and the longest line of a response, in characters. */
export const largestCall = 4 * 1024 * 1024;

/** Reads the JSON lines of a body until it ends. Rejects for a line that is too long or not JSON. */
export async function* readLines<Line>(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > largestCall) throw new Error('A line of the response is too long.');
      for (const line of lines) yield JSON.parse(line) as Line;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
