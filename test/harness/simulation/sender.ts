import { checkAnswer } from './answer-oracle.ts';
import { isInDoubt } from './rejection-oracle.ts';
import { describeRequest, type Outcome, type Request, type RequestKind, send } from './request.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** How a request is made. */
export interface Making {
  readonly namespace: string;
  readonly ifVersion?: number | undefined;
  readonly key?: string | undefined;
  readonly isKeyReused?: boolean;
}

/** Sends requests to whichever host is up, and checks each answer as it comes. */
export interface Sender {
  /** All requests so far. */
  readonly requests: readonly Request[];
  make(ask: RequestKind, making: Making): Request;
  /** Sends it once. What is unknown afterwards may have been done. */
  sendOnce(request: Request): Promise<Outcome>;
  /** Sends it until there is an answer: for requests with a key, which may come again and again. */
  sendUntilAnswered(request: Request): Promise<Outcome>;
}

/** A sender in a world. */
export function createSender(world: World, supervisor: Supervisor): Sender {
  const { audit, trace, counters, clock, random } = world;
  const requests: Request[] = [];

  async function sendOnce(request: Request): Promise<Outcome> {
    const { host, life } = await supervisor.up();
    trace.add(`> ${describeRequest(request)}`);
    const outcome = await new Promise<Outcome>((resolve) => {
      const off = life.onEnd(() => resolve({ kind: 'unknown' }));
      const settle = (outcome: Outcome) => {
        off();
        if (!life.isOver()) resolve(outcome);
      };
      send(host, request).then(
        (value) => settle({ kind: 'answered', value }),
        (error) =>
          settle(isInDoubt(error) ? { kind: 'unknown' } : { kind: 'rejected', error: error as Error }),
      );
    });
    trace.add(`< ${request.cause} ${wordOf(outcome)}`);
    counters.count(`outcome ${outcome.kind}`);
    try {
      checkAnswer(audit, request, outcome);
    } catch (error) {
      world.fail(error);
    }
    // What was rejected was not done, and may be done the next time.
    request.wasInDoubt ||= outcome.kind === 'unknown';
    if (outcome.kind !== 'unknown' && request.answer?.kind !== 'answered') request.answer = outcome;
    return outcome;
  }

  /** What is in doubt may be done later still: a commit can outlive its host. And what was rejected may be sent again. */
  const end = (request: Request, outcome: Outcome) => {
    if (outcome.kind === 'answered') request.commitsAfter ??= audit.commits;
    return outcome;
  };

  return {
    requests,
    make(ask, { namespace, ifVersion, key, isKeyReused = false }) {
      const request: Request = {
        cause: `request ${requests.length + 1}`,
        ...{ namespace, ask, ifVersion, key, isKeyReused },
        commitsBefore: audit.commits,
        wasInDoubt: false,
        versionBefore: 'target' in ask ? audit.versionOf(ask.target) : 0,
      };
      requests.push(request);
      return request;
    },
    sendOnce: async (request) => end(request, await sendOnce(request)),
    async sendUntilAnswered(request) {
      for (;;) {
        const outcome = await sendOnce(request);
        if (outcome.kind !== 'unknown') return end(request, outcome);
        counters.count('retried with the same key');
        await new Promise<void>((resolve) => void clock.wake(random.between(0, 2_000), resolve));
      }
    },
  };
}

function wordOf(outcome: Outcome): string {
  if (outcome.kind === 'rejected') return outcome.error.name;
  if (outcome.kind === 'unknown') return 'unknown';
  const value = outcome.value as {
    result?: { outcome: string; reason?: string; refusal?: { code: string } };
  };
  const { result } = value ?? {};
  return result ? `${result.outcome} ${result.reason ?? result.refusal?.code ?? ''}` : 'done';
}
