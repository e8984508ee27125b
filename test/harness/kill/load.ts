import type { Random } from '../shared/random.ts';
import type { RequestGenerator } from './request-generator.ts';
import { answersTo, isKept, type Request, type RequestLog } from './request-log.ts';
import { type Address, sendRequest } from './send-request.ts';

/** Clients that ask one thing after the other, each on a connection that stays open. */
export interface LoadOptions {
  readonly requestLog: RequestLog;
  readonly generator: RequestGenerator;
  readonly random: Random;
  readonly clients: number;
  /** Called at each answer, before anything else can happen. Answers whether the clients go on. */
  readonly onAnswer: () => boolean;
}

/** Asks this server until `onAnswer` says that it is enough, the signal aborts or the server goes down. */
export async function runLoad(address: Address, options: LoadOptions, signal: AbortSignal): Promise<void> {
  const { requestLog, generator, random, clients, onAnswer } = options;
  let goesOn = true;

  async function client(): Promise<void> {
    while (goesOn && !signal.aborted) {
      const request = generator.request();
      // Some cannot wait, and ask the same twice at once.
      const sends = request.key !== null && random.chance(0.1) ? 2 : 1;
      await Promise.all(Array.from({ length: sends }, () => send(request)));
    }
  }

  async function send(request: Request): Promise<void> {
    const answer = await sendRequest(requestLog, address, request);
    if (answer === null) goesOn = false;
    else if (!onAnswer()) goesOn = false;
  }

  await Promise.all(Array.from({ length: clients }, client));
}

/**
 * After a restart: sends every request again that has a key and no answer yet, and some of those that were answered.
 * What comes of it is noted, and judged with the rest. Answers how many were sent.
 */
export async function askAgain(address: Address, requestLog: RequestLog, random: Random): Promise<number> {
  const keyed = requestLog.requests.filter(({ key }) => key !== null);
  const unanswered = keyed.filter((request) => answersTo(request).length === 0);
  const answered = keyed.filter((request) => answersTo(request).some(isKept));
  const some = Array.from({ length: Math.min(4, answered.length) }, () => random.pick(answered));
  const again = [...new Set([...unanswered, ...some])];
  await Promise.all(again.map((request) => sendRequest(requestLog, address, request)));
  return again.length;
}
