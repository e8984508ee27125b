/**
 * The fake server's answer to one request. `accept`: as the machine answers. `refuse`: with this sentence. `fail`: the server is
 * not reached. `lose`: the request is carried out, and its reply is lost. `hang`: no reply. `retryAfterMs`: too many requests.
 */
export type FakeAnswer =
  | 'accept'
  | 'fail'
  | 'lose'
  | 'hang'
  | { readonly refuse: string }
  | { readonly retryAfterMs: number };

/** A request that the fake server received. */
export interface FakeRequest {
  readonly kind: FakeRequestKind;
  /** The sandbox, if the request names one. */
  readonly sandboxId: string | undefined;
  /** The type of the command, for commands. */
  readonly command: string | undefined;
  /** The idempotency key, for commands and creations. */
  readonly key: string | undefined;
}

/** The kinds of requests: reads and streams of sandboxes, commands, creations, and reads and deletions of snapshots. */
export type FakeRequestKind = 'read' | 'stream' | 'command' | 'create' | 'read-snapshots' | 'delete-snapshot';

/** The requests of a fake transport, and the answers that wait for them. */
export interface AnswerQueue {
  readonly requests: FakeRequest[];
  /** Answers the next requests of this kind, in order. */
  add(kind: FakeRequestKind, answers: readonly FakeAnswer[]): void;
  /**
   * Carries out a request as its answer says: with `carryOut`, `refuse` or `delay`. Rejects for `fail` and `lose`, and never
   * settles for `hang`.
   */
  answer<Result>(request: FakeRequest, cases: AnswerCases<Result>): Promise<Result>;
}

/** The results of a request for each answer. */
export interface AnswerCases<Result> {
  carryOut(): Result;
  refuse(message: string): Result;
  delay(retryAfterMs: number): Result;
}

/** Creates a queue. A request without an answer of its own is accepted. */
export function createAnswerQueue(): AnswerQueue {
  const requests: FakeRequest[] = [];
  const queued = new Map<FakeRequestKind, FakeAnswer[]>();
  return {
    requests,
    add: (kind, answers) => void queued.set(kind, [...(queued.get(kind) ?? []), ...answers]),
    async answer(request, { carryOut, refuse, delay }) {
      requests.push(request);
      const answer = queued.get(request.kind)?.shift() ?? 'accept';
      if (answer === 'hang') return new Promise(() => {});
      if (answer === 'fail') throw new TypeError('The fake server was not reached.');
      if (typeof answer === 'object')
        return 'refuse' in answer ? refuse(answer.refuse) : delay(answer.retryAfterMs);
      const result = carryOut();
      if (answer === 'lose') throw new TypeError('The reply of the fake server was lost.');
      return result;
    },
  };
}
