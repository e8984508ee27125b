import type { Random } from '../shared/random.ts';
import type { RequestGenerator } from './request-generator.ts';
import { answersTo, isKept, type Request, type RequestLog } from './request-log.ts';
import { type Address, sendRequest } from './send-request.ts';

/** The options of a load. Each client sends one request after the other on a connection that stays open. */
export interface LoadOptions {
  readonly requestLog: RequestLog;
  readonly generator: RequestGenerator;
  readonly random: Random;
  readonly clients: number;
  /** Called for each response, before anything else can happen. Returns whether the clients continue. */
  readonly onAnswer: () => boolean;
}

/** Sends requests until `onAnswer` returns false, the signal aborts or the server goes down. */
export async function runLoad(address: Address, options: LoadOptions, signal: AbortSignal): Promise<void> {
  const { requestLog, generator, random, clients, onAnswer } = options;
  let isActive = true;

  async function client(): Promise<void> {
    while (isActive && !signal.aborted) {
      const request = generator.request();
      // Some clients send the same request twice at once.
      const sends = request.key !== null && random.chance(0.1) ? 2 : 1;
      await Promise.all(Array.from({ length: sends }, () => send(request)));
    }
  }

  async function send(request: Request): Promise<void> {
    const answer = await sendRequest(requestLog, address, request);
    if (answer === null || !onAnswer()) isActive = false;
  }

  await Promise.all(Array.from({ length: clients }, client));
}

/**
 * Retries requests with a key after a restart: all that have no response, and some that have one. Returns how many it
 * sent.
 */
export async function retryRequests(
  address: Address,
  requestLog: RequestLog,
  random: Random,
): Promise<number> {
  const again = requestsToRetry(requestLog, random);
  await Promise.all(again.map((request) => sendRequest(requestLog, address, request)));
  return again.length;
}

/** All requests with a key that have no response, and some that have one. */
export function requestsToRetry(requestLog: RequestLog, random: Random): readonly Request[] {
  const keyed = requestLog.requests.filter(({ key }) => key !== null);
  const unanswered = keyed.filter((request) => answersTo(request).length === 0);
  const answered = keyed.filter((request) => answersTo(request).some(isKept));
  const some = Array.from({ length: Math.min(4, answered.length) }, () => random.pick(answered));
  return [...new Set([...unanswered, ...some])];
}
