import { type Attempt, attempt } from './attempt.ts';
import type { Settings } from './options.ts';
import { type Draw, seededDraws } from './seeded-draws.ts';

/** All that one driver has under way. */
export interface InFlight {
  /** One try of something that can be called off, under a key that tells it from everything else. */
  run<T>(key: Key, outer: AbortSignal, what: (draw: Draw) => Work<T>): Promise<T>;
  /** One try of something that nobody can call off: so it neither hangs nor fails for good. */
  runUncalled<T>(key: Key, work: () => T): Promise<T>;
  /** Whether anybody is there to be told anything. */
  isOpen(): boolean;
  /** Calls everything off for this reason, and resolves when all of it has settled. */
  close(reason: Error): Promise<void>;
  /** Cuts the line to whoever waits for something. */
  abandon(): void;
}

type Key = readonly (string | number)[];
type Work<T> = Omit<Attempt<T>, 'draw' | 'signal'>;

/** Nothing is under way yet. */
export function createTries(settings: Settings): InFlight {
  const underWay = new Map<AbortController, Promise<unknown>>();
  let closed: Error | undefined;
  let abandoned = false;

  function run<T>(key: Key, outer: AbortSignal | undefined, what: (draw: Draw) => Work<T>): Promise<T> {
    if (abandoned) return new Promise(() => {});
    if (closed) return Promise.reject(closed);
    const draw = seededDraws(settings.seed, ...key, settings.platform.countTry(key.join('/')));
    const controller = new AbortController();
    const abort = () => {
      if (!abandoned) controller.abort(outer?.reason);
    };
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort, { once: true });

    const work = attempt(settings, { ...what(draw), draw, signal: controller.signal });
    underWay.set(controller, work);
    return new Promise((resolve, reject) => {
      const settle = (tell: () => void) => {
        underWay.delete(controller);
        outer?.removeEventListener('abort', abort);
        if (!abandoned) tell();
      };
      work.then(
        (result) => settle(() => resolve(result)),
        (error) => settle(() => reject(error)),
      );
    });
  }

  return {
    run,
    runUncalled: (key, work) => run(key, undefined, () => ({ spared: ['failures', 'hangs'], work })),
    isOpen: () => closed === undefined && !abandoned,
    async close(reason) {
      closed = reason;
      for (const controller of underWay.keys()) controller.abort(reason);
      if (!abandoned) await Promise.allSettled(underWay.values());
    },
    abandon() {
      abandoned = true;
    },
  };
}
