import { type Attempt, attempt } from './attempt.ts';
import type { Settings } from './options.ts';
import { type Draw, seededDraws } from './seeded-draws.ts';

/** The calls of one driver that have not settled. */
export interface InFlight {
  /** Runs one attempt of a call that can be aborted. Counts the attempts under each key. */
  run<T>(key: Key, outer: AbortSignal, prepare: (draw: Draw) => Work<T>): Promise<T>;
  /** Runs one attempt of a call that cannot be aborted. It neither hangs nor fails permanently. */
  runToEnd<T>(key: Key, work: () => T): Promise<T>;
  /** Whether the driver still reports anything. */
  isOpen(): boolean;
  /** Aborts all calls with this reason, and resolves when they have settled. */
  close(reason: Error): Promise<void>;
  /** Leaves all calls pending for ever. */
  abandon(): void;
}

type Key = readonly (string | number)[];
type Work<T> = Omit<Attempt<T>, 'draw' | 'signal'>;

/** Creates an empty set of calls. */
export function createInFlight(settings: Settings): InFlight {
  const running = new Map<AbortController, Promise<unknown>>();
  let closed: Error | undefined;
  let abandoned = false;

  function run<T>(key: Key, outer: AbortSignal | undefined, prepare: (draw: Draw) => Work<T>): Promise<T> {
    if (abandoned) return new Promise(() => {});
    if (closed) return Promise.reject(closed);
    const draw = seededDraws(settings.seed, ...key, settings.platform.countAttempt(key.join('/')));
    const controller = new AbortController();
    const abort = () => {
      if (!abandoned) controller.abort(outer?.reason);
    };
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort, { once: true });

    const work = attempt(settings, { ...prepare(draw), draw, signal: controller.signal });
    running.set(controller, work);
    return new Promise((resolve, reject) => {
      const settle = (deliver: () => void) => {
        running.delete(controller);
        outer?.removeEventListener('abort', abort);
        if (!abandoned) deliver();
      };
      work.then(
        (result) => settle(() => resolve(result)),
        (error) => settle(() => reject(error)),
      );
    });
  }

  return {
    run,
    runToEnd: (key, work) => run(key, undefined, () => ({ spared: ['failures', 'hangs'], work })),
    isOpen: () => closed === undefined && !abandoned,
    async close(reason) {
      closed = reason;
      for (const controller of running.keys()) controller.abort(reason);
      if (!abandoned) await Promise.allSettled(running.values());
    },
    abandon() {
      abandoned = true;
    },
  };
}
