import type { ClientContext } from '../replica/client-context.ts';
import type { Reason, ReasonCode } from '../transport/command-request.ts';
import { headerOf, messageOf, retryAfterMsOf } from '../transport/http-calls.ts';
import { retryDelayMs } from '../transport/times.ts';
import { withTimeout } from '../transport/with-timeout.ts';

/** The parts of a client that a request needs. */
export type RequestContext = Pick<ClientContext, 'transport' | 'clock' | 'times' | 'random'>;

/** A request that is sent again until the server replies. */
export interface RepeatedRequest<Result> {
  readonly path: string;
  readonly init: RequestInit;
  /** Whether the request has no further effect when the server receives it twice. */
  readonly isIdempotent: boolean;
  /** When the client gives up, in epoch ms of this machine's clock. */
  readonly deadline: number;
  /** The sentence that follows the problem when the request may have had its effect. */
  readonly mayHaveHappened: string;
  /** Reads a successful response. */
  read(response: Response): PromiseLike<Result>;
}

/** The end of a request. `dropped`: the server rejected every try. `unknown`: no reply arrived in time. */
export type RequestReply<Result> =
  | { readonly outcome: 'done'; readonly result: Result }
  | { readonly outcome: 'refused'; readonly reason: Reason; readonly status: number }
  | { readonly outcome: 'dropped' | 'unknown'; readonly reason: Reason };

/** A try without a definite reply. `isRejected`: the server certainly did nothing. */
interface Failure {
  readonly problem: string;
  readonly isRejected: boolean;
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends a request until the server replies or the deadline passes, and waits as long as the server asks to. A request that is
 * not idempotent is sent again only if the server rejected it. Calls `onReply` once. The returned function stops the tries.
 */
export function repeatRequest<Result>(
  { transport, clock, times, random }: RequestContext,
  request: RepeatedRequest<Result>,
  onReply: (reply: RequestReply<Result>) => void,
): () => void {
  let tries = 0;
  let hasMaybeHappened = false;
  let cancel = () => {};

  function attempt(): void {
    tries++;
    cancel = withTimeout<RequestReply<Result> | Failure>(clock, times.requestMs, send, onEnd);
  }

  async function send(signal: AbortSignal): Promise<RequestReply<Result> | Failure> {
    if (!transport.request) {
      const message = 'The transport cannot make this request: it has no `request`.';
      return { outcome: 'refused', reason: { code: 'rejected', message }, status: 0 };
    }
    const response = await transport.request(request.path, { ...request.init, signal });
    const { status, ok } = response;
    if (ok) return { outcome: 'done', result: await request.read(response) };
    const message = await messageOf(response);
    if (status >= 500 || [408, 425, 429].includes(status))
      return { problem: message, isRejected: status === 429, retryAfterMs: retryAfterMsOf(response) };
    const code = (headerOf(response, 'x-refusal-code') || 'rejected') as ReasonCode;
    return { outcome: 'refused', reason: { code, message }, status };
  }

  function onEnd(result: RequestReply<Result> | Failure = unreachable): void {
    if ('outcome' in result) {
      onReply(result);
      return;
    }
    hasMaybeHappened ||= !result.isRejected;
    const afterMs = Math.max(result.retryAfterMs ?? 0, retryDelayMs(tries, times, random));
    const isInTime = clock.now() + afterMs + times.requestMs <= request.deadline;
    if (isInTime && (request.isIdempotent || !hasMaybeHappened)) cancel = clock.wake(afterMs, attempt);
    else {
      const message = hasMaybeHappened ? `${result.problem} ${request.mayHaveHappened}` : result.problem;
      const reason: Reason = { code: 'no_answer', message };
      onReply({ outcome: hasMaybeHappened ? 'unknown' : 'dropped', reason });
    }
  }

  attempt();
  return () => cancel();
}

const unreachable: Failure = {
  problem: 'The server did not respond in time.',
  isRejected: false,
  retryAfterMs: undefined,
};
