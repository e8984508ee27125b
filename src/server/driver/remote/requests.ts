import type { Clock } from '../../../utils/clock.ts';
import { onAbort } from '../../../utils/on-abort.ts';
import { DriverError } from '../driver.ts';
import { permanent, transient } from '../failures.ts';
import { type Abilities, aliveMs, type CallLine, type EndLine, type Method, readLines } from './protocol.ts';

/** Called with what a call reports before its end. */
export type OnReport = (line: CallLine) => void;

/** The requests of a remote driver. */
export interface Requests {
  abilities(): Promise<Abilities>;
  /** Calls a method. Aborts the call on the platform when the signal aborts, and then still waits for its end. */
  call(method: Method, argument?: unknown, signal?: AbortSignal, onReport?: OnReport): Promise<unknown>;
  /** The ends of sandboxes, until the connection breaks. */
  ends(): AsyncIterable<EndLine>;
}

/** Options of {@link createRequests}. */
interface RequestsOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Ends all requests. */
  readonly closing: AbortSignal;
}

/** Creates the requests to an address. */
export function createRequests({ url, headers, clock, closing }: RequestsOptions): Requests {
  const base = url.replace(/\/+$/, '');

  async function open(
    path: string,
    init: RequestInit = {},
  ): Promise<{ lines: AsyncGenerator<CallLine & EndLine> }> {
    const silence = createSilenceLimit(clock);
    const signal = AbortSignal.any([closing, silence.signal]);
    try {
      const sent = { ...headers, 'content-type': 'application/json' };
      const { ok, status, body } = await fetch(`${base}${path}`, { ...init, headers: sent, signal });
      if (!ok || body === null) throw new Error(`it answered ${status}`);
      return { lines: silence.watch(readLines<CallLine & EndLine>(body)) };
    } catch (error) {
      silence.end();
      throw error;
    }
  }

  const unreachable = (cause: unknown) =>
    closing.aborted
      ? transient('The driver is closed.', cause)
      : transient(`The platform at ${base} cannot be reached: ${reasonOf(cause)}.`, cause);

  async function call(
    method: Method,
    argument?: unknown,
    signal?: AbortSignal,
    onReport: OnReport = () => {},
  ) {
    if (signal?.aborted) throw transient('The operation was aborted.');
    const path = `/calls/${crypto.randomUUID()}`;
    // An abort that does not arrive leaves the call to the platform, which carries it out or not.
    const abort = () =>
      void fetch(`${base}${path}`, { method: 'DELETE', headers, signal: closing }).catch(() => {});
    const stopListening = signal && onAbort(signal, abort);
    try {
      const { lines } = await open(path, { method: 'POST', body: JSON.stringify({ method, argument }) });
      for await (const line of lines) {
        if (line.error) throw toDriverError(line.error);
        if ('result' in line) return line.result;
        onReport(line);
      }
      throw new Error('the connection ended');
    } catch (error) {
      throw error instanceof DriverError ? error : unreachable(error);
    } finally {
      stopListening?.();
    }
  }

  return {
    call,
    async abilities() {
      try {
        const response = await fetch(`${base}/driver`, { headers, signal: AbortSignal.timeout(4 * aliveMs) });
        if (!response.ok) throw new Error(`it answered ${response.status}`);
        return (await response.json()) as Abilities;
      } catch (cause) {
        throw permanent(`The driver at ${base} cannot be used: ${reasonOf(cause)}.`, cause);
      }
    },
    async *ends() {
      yield* (await open('/ends')).lines;
    },
  };
}

/** Ends a response that has sent nothing for a while, though its server sends a line every few seconds. */
function createSilenceLimit(clock: Clock) {
  const silence = new AbortController();
  const arm = () =>
    clock.wake(4 * aliveMs, () => silence.abort(new Error('it has sent nothing for a while')));
  let cancel = arm();
  return {
    signal: silence.signal,
    end: () => cancel(),
    async *watch<Line>(lines: AsyncGenerator<Line>): AsyncGenerator<Line> {
      try {
        for await (const line of lines) {
          cancel();
          cancel = arm();
          yield line;
        }
      } finally {
        cancel();
      }
    },
  };
}

function toDriverError({ message, retryable, isStale }: NonNullable<CallLine['error']>): DriverError {
  return new DriverError(message, { retryable, isStale });
}

/** Why a request failed, without the words of `fetch` that say only that it did. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
