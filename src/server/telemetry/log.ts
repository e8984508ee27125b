import { type DestinationStream, type Level, type Logger, pino, stdTimeFunctions } from 'pino';
import { createLogOutput } from './log-output.ts';
import type { ApiObservation, Observation } from './observation.ts';

export { createLogOutput, type LogOutput, type LogOutputOptions } from './log-output.ts';

/** The lowest level to write, the destination, and the host. */
export interface LoggerOptions {
  /** Default: `info`. */
  readonly level?: Level | 'silent' | undefined;
  /** Default: an output to the standard error that {@link createLogOutput} creates. */
  readonly destination?: DestinationStream;
  /** The name of the host, among several on one store. Each line then has it as `host`. */
  readonly host?: string | undefined;
}

/**
 * Creates a logger that writes JSON lines. Peer: pino.
 *
 * @example
 * const observe = logObservations(createLogger({ level: 'warn' }));
 */
export function createLogger({
  level = 'info',
  destination: stream = createLogOutput(),
  host,
}: LoggerOptions = {}): Logger {
  return pino(
    { level, base: host === undefined ? null : { host }, timestamp: stdTimeFunctions.isoTime },
    stream,
  );
}

/** One line: its level, its message, and the fields that are safe to log. */
interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Creates an observer for hosts and APIs that writes a line for each observation. Lines identify sandboxes and actors by
 * ids. They never contain names, tokens, headers, queries or the configuration of a sandbox.
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
    case 'absences': {
      const { count } = observation;
      const message = count > 0 ? 'absent sandboxes wait for an operator' : 'no absent sandbox waits';
      return { level: count > 0 ? 'error' : 'info', message, fields: { count } };
    }
    case 'stuckRelease': {
      const { sandboxId, count } = observation;
      if (!observation.isStuck)
        return { level: 'info', message: 'release is not stuck any more', fields: { sandboxId, count } };
      const fields = { sandboxId, count, attempts: observation.attempts, error: describe(observation.error) };
      return { level: 'error', message: 'release is stuck', fields };
    }
    case 'takeover':
      return { level: 'warn', message: 'takeover', fields: { sandboxId: observation.sandboxId } };
    case 'lease': {
      const { isLost, held } = observation;
      const message = isLost ? 'the host was not renewed in time and lets go' : 'the host is alive again';
      return { level: isLost ? 'error' : 'info', message, fields: { held } };
    }
    case 'retention': {
      const { type: _, ...fields } = observation;
      return { level: 'info', message: 'retention', fields };
    }
    case 'broken': {
      // The problem of a row may quote its content.
      const { namespace, sandboxId, version, place } = observation.row;
      const message = version === undefined ? 'broken record set aside' : 'broken row of history set aside';
      return { level: 'error', message, fields: { namespace, sandboxId, version, place } };
    }
    case 'problem': {
      const { sandboxId, error } = observation;
      const cause = 'requestId' in observation ? { requestId: observation.requestId } : { sandboxId };
      return { level: 'error', message: 'problem', fields: { ...cause, error: describe(error) } };
    }
    case 'streams':
      return { level: 'debug', message: 'streams', fields: { open: observation.open } };
    case 'tokens': {
      const { tokens, revoked } = observation;
      return { level: 'info', message: 'tokens replaced', fields: { tokens, revoked } };
    }
    case 'request': {
      const { type, ...fields } = observation;
      return { level: levelOf(observation.status), message: type, fields };
    }
  }
}

function levelOf(status: number): Level {
  return status >= 500 ? 'error' : 'info';
}

/** The name, code and stack of an error. Its other fields may contain the configuration of a sandbox. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack } = error;
  return { name, message, stack, ...('code' in error && { code: error.code }) };
}
