import { type Clock, elapsedBy, waitAtMost } from '../utils/clock.ts';

/** The stages of a stop. A stage that fails or hangs does not keep the later ones from running. */
export interface Shutdown {
  /** Adds a stage. The stages run in the reverse order: what started last stops first. */
  add(what: string, stop: () => unknown): void;
  /**
   * Runs all stages, once: later calls return the same promise. All of them together take at most the limit, and half a
   * second for each that begins after it. Rejects only with the error of the stage that was added first.
   */
  run(): Promise<void>;
}

/** How long a stage may take when the limit is over, in ms. */
const leastMs = 500;

/**
 * Creates a shutdown without stages. `limitMs`: for all of them together, by elapsed time.
 *
 * @example
 * const shutdown = createShutdown({ clock, limitMs: 8_000, onProblem });
 * shutdown.add('the store', () => store.close());
 * await shutdown.run();
 */
export function createShutdown({
  clock,
  limitMs,
  onProblem,
}: {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly onProblem: (error: unknown, sandboxId: null) => void;
}): Shutdown {
  const stages: Stage[] = [];
  let running: Promise<void> | undefined;

  async function runAll(): Promise<void> {
    const endsAt = elapsedBy(clock) + limitMs;
    for (const stage of [...stages].reverse()) {
      const leftMs = Math.max(leastMs, endsAt - elapsedBy(clock));
      const problem = await runStage(stage, clock, leftMs);
      if (problem === undefined) continue;
      if (stage === stages[0]) throw problem;
      onProblem(problem, null);
    }
  }

  return {
    add: (what, stop) => void stages.push({ what, stop }),
    run() {
      running ??= runAll();
      return running;
    },
  };
}

interface Stage {
  readonly what: string;
  readonly stop: () => unknown;
}

/** Runs one stage. Resolves with its error, or with one that says that it takes too long. */
async function runStage({ what, stop }: Stage, clock: Clock, mostMs: number): Promise<unknown> {
  let problem: unknown = new Error(`${what} did not stop in time.`);
  const stopped = (async () => stop())().then(
    () => {
      problem = undefined;
    },
    (error: unknown) => {
      problem = error;
    },
  );
  await waitAtMost(clock, mostMs, stopped);
  return problem;
}
