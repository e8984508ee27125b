import { checkAnswer } from './answer-oracle.ts';
import { isInDoubt } from './rejection-oracle.ts';
import { type Action, describeRequest, type Outcome, type Request, send } from './request.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** The options of a request. */
export interface RequestOptions {
  readonly namespace: string;
  readonly ifVersion?: number | undefined;
  readonly key?: string | undefined;
  readonly isKeyReused?: boolean;
}

/** Sends requests to the running host, and checks each response on arrival. */
export interface Sender {
  /** All requests so far. */
  readonly requests: readonly Request[];
  make(action: Action, options: RequestOptions): Request;
  /** Sends a request once. When the outcome is unknown, the request may have taken effect. */
  sendOnce(request: Request): Promise<Outcome>;
  /** Sends a request until a response arrives: for requests with a key, which are safe to retry. */
  sendUntilAnswered(request: Request): Promise<Outcome>;
}

/** Creates a sender for a world. */
export function createSender(world: World, supervisor: Supervisor): Sender {
  const { audit, trace, counters, clock, random } = world;
  const requests: Request[] = [];

  async function sendOnce(request: Request): Promise<Outcome> {
    const { host, life } = await supervisor.runningHost();
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
    // A rejected request had no effect, and the next attempt may succeed.
    request.wasInDoubt ||= outcome.kind === 'unknown';
    if (outcome.kind !== 'unknown' && request.answer?.kind !== 'answered') request.answer = outcome;
    return outcome;
  }

  /** Only a successful response is final: a commit in doubt can outlive its host, and a rejected request can be retried. */
  const end = (request: Request, outcome: Outcome) => {
    if (outcome.kind === 'answered') request.commitsAfter ??= audit.commits;
    return outcome;
  };

  return {
    requests,
    make(action, { namespace, ifVersion, key, isKeyReused = false }) {
      const request: Request = {
        cause: `request ${requests.length + 1}`,
        ...{ namespace, action, ifVersion, key, isKeyReused },
        commitsBefore: audit.commits,
        wasInDoubt: false,
        versionBefore: 'target' in action ? audit.versionOf(action.target) : 0,
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
