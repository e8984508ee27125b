import { type DestinationStream, destination, type Level, type Logger, pino, stdTimeFunctions } from 'pino';
import type { ApiObservation, Observation } from './observation.ts';

/** From which level on lines are written, and where to. */
export interface LoggerOptions {
  /** `info` when left out. */
  readonly level?: Level | 'silent' | undefined;
  /** The standard error when left out. */
  readonly destination?: DestinationStream;
}

/**
 * A logger that writes JSON lines. Peer: pino.
 *
 * @example
 * const observe = logObservations(createLogger({ level: 'warn' }));
 */
export function createLogger({
  level = 'info',
  // Nobody waits for a line to be written; at the end of the process the rest is.
  destination: stream = destination({ dest: 2, sync: false }),
}: LoggerOptions = {}): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, stream);
}

/** One line: how much it matters, what it says, and the fields that are known to be harmless. */
interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * A listener for hosts and APIs that writes a line for each thing that it is told. Sandboxes and people go by ids: no
 * name, no token, no header, no query, and nothing that a sandbox was given is ever in a line.
 *
 * @example
 * const observe = logObservations(createLogger());
 * const host = await createHost({ store, driver, observe });
 * const api = createApi(host, { observe });
 */
export function logObservations(
  logger: Pick<Logger, Level>,
): (observation: Observation | ApiObservation) => void {
  return (observation) => {
    const { level, message, fields } = lineOf(observation);
    logger[level](fields, message);
  };
}

function lineOf(observation: Observation | ApiObservation): Line {
  switch (observation.type) {
    case 'applied': {
      const { namespace, sandboxId, version, from, to, event, cause, sequence } = observation.row;
      const fields = { namespace, sandboxId, version, from, to, event: event.type, cause, sequence };
      return { level: 'info', message: 'applied', fields };
    }
    case 'refused': {
      const { namespace, sandboxId, command, code } = observation;
      return { level: 'info', message: 'refused', fields: { namespace, sandboxId, command, code } };
    }
    case 'operation': {
      const { sandboxId, operation, kind, result, durationMs } = observation;
      const isBad = result === 'failed' || result === 'retried';
      const fields = { sandboxId, operation, kind, result, durationMs };
      return { level: isBad ? 'warn' : 'debug', message: 'operation', fields };
    }
    case 'timeout': {
      const { sandboxId, latenessMs } = observation;
      return { level: 'debug', message: 'timeout', fields: { sandboxId, latenessMs } };
    }
    case 'committed':
      return { level: 'trace', message: 'committed', fields: { durationMs: observation.durationMs } };
    case 'drift': {
      const { kind, sandboxId } = observation;
      return { level: 'warn', message: 'drift', fields: { kind, sandboxId } };
    }
    case 'broken': {
      // What is wrong with a row may quote it.
      const { namespace, sandboxId } = observation.row;
      return { level: 'error', message: 'broken record set aside', fields: { namespace, sandboxId } };
    }
    case 'problem': {
      const { sandboxId, error } = observation;
      const cause = 'requestId' in observation ? { requestId: observation.requestId } : { sandboxId };
      return { level: 'error', message: 'problem', fields: { ...cause, error: describe(error) } };
    }
    case 'streams':
      return { level: 'debug', message: 'streams', fields: { open: observation.open } };
    case 'request': {
      const { type, ...fields } = observation;
      return { level: levelOf(observation.status), message: type, fields };
    }
  }
}

function levelOf(status: number): Level {
  return status >= 500 ? 'error' : 'info';
}

/** An error by its kind, its code and where it was thrown. Its own fields may hold what a sandbox was given. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack } = error;
  return { name, message, stack, ...('code' in error && { code: error.code }) };
}
