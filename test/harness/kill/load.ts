import type { Random } from '../simulation/random.ts';
import { type Address, ask } from './ask.ts';
import { answersTo, type Book, isKept, type Request } from './book.ts';
import type { Draw } from './draw.ts';

/** Clients that ask one thing after the other, each on a connection that stays open. */
export interface LoadOptions {
  readonly book: Book;
  readonly draw: Draw;
  readonly random: Random;
  readonly clients: number;
  /** Called at each answer, before anything else can happen. Answers whether the clients go on. */
  readonly onAnswer: () => boolean;
}

/** Asks this server until `onAnswer` says that it is enough, the signal aborts or the server goes down. */
export async function runLoad(address: Address, options: LoadOptions, signal: AbortSignal): Promise<void> {
  const { book, draw, random, clients, onAnswer } = options;
  let goesOn = true;

  async function client(): Promise<void> {
    while (goesOn && !signal.aborted) {
      const request = draw.request();
      // Some cannot wait, and ask the same twice at once.
      const sends = request.key !== null && random.chance(0.1) ? 2 : 1;
      await Promise.all(Array.from({ length: sends }, () => send(request)));
    }
  }

  async function send(request: Request): Promise<void> {
    const answer = await ask(book, address, request);
    if (answer === null) goesOn = false;
    else if (!onAnswer()) goesOn = false;
  }

  await Promise.all(Array.from({ length: clients }, client));
}

/**
 * After a restart: sends every request again that has a key and no answer yet, and some of those that were answered.
 * What comes of it is noted, and judged with the rest. Answers how many were sent.
 */
export async function askAgain(address: Address, book: Book, random: Random): Promise<number> {
  const keyed = book.requests.filter(({ key }) => key !== null);
  const unanswered = keyed.filter((request) => answersTo(request).length === 0);
  const answered = keyed.filter((request) => answersTo(request).some(isKept));
  const some = Array.from({ length: Math.min(4, answered.length) }, () => random.pick(answered));
  const again = [...new Set([...unanswered, ...some])];
  await Promise.all(again.map((request) => ask(book, address, request)));
  return again.length;
}
