import { type DestinationStream, destination } from 'pino';

/** Options of {@link createLogOutput}. */
export interface LogOutputOptions {
  /** The file descriptor. Default: 2, the standard error. */
  readonly fd?: number;
  /** The most bytes that wait to be written. Further lines are dropped. Default: 1 MiB. */
  readonly mostBytes?: number;
  /** Called with the number of lines that were just dropped. */
  readonly onDropped?: (lines: number) => void;
}

/** An output for log lines that never blocks its process and never ends it. */
export interface LogOutput extends DestinationStream {
  /** Waits until all lines are written, at most this many ms, and drops the others. Later lines are dropped. */
  close(mostMs: number): Promise<void>;
}

/** The interval between two tries to write to an output that fails or is full, in ms. */
const retryMs = 250;

/**
 * Creates an output for a logger. Lines that cannot be written wait in memory up to a bound, and are dropped and counted
 * beyond it: a full disk, a closed pipe or a reader that does not read costs lines, and nothing else. Peer: pino.
 *
 * @example
 * const output = createLogOutput({ onDropped: (lines) => count(lines) });
 * const logger = createLogger({ destination: output });
 * await output.close(1_000);
 */
export function createLogOutput({
  fd = 2,
  mostBytes = 1_048_576,
  onDropped = () => {},
}: LogOutputOptions = {}): LogOutput {
  // Node makes the descriptor non-blocking. Otherwise a write to a full pipe would block a thread, and with it the exit.
  if (fd === 2) void process.stderr;
  const stream = destination({
    ...{ dest: fd, sync: false, minLength: 1, maxLength: mostBytes },
    // The stream would wait for a full pipe inside of the process's exit.
    retryEAGAIN: () => false,
  });
  const flushSync = stream.flushSync.bind(stream);
  stream.flushSync = () => {
    try {
      flushSync();
    } catch {
      // The process exits: the rest is lost.
    }
  };
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;

  stream.on('drop', () => onDropped(1));
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') isClosed = true;
    retry ??= setTimeout(() => {
      retry = undefined;
      if (!isClosed) stream.flush();
    }, retryMs).unref();
  });

  return {
    write(line) {
      if (isClosed) onDropped(1);
      else stream.write(line);
    },
    async close(mostMs) {
      if (isClosed) return;
      await written(mostMs);
      isClosed = true;
      clearTimeout(retry);
      stream.destroy();
    },
  };

  /** Resolves once nothing waits to be written, or after this many ms. */
  function written(mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, mostMs);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      stream.once('drain', end);
      stream.flush((error) => {
        if (!error) end();
      });
    });
  }
}
