import type { Adopted, Captured, Crash, Driver, Job } from '../../src/server/index.ts';

type Kind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** One call that a driver got. */
export interface Call {
  readonly kind: Kind;
  readonly job: Job;
}

/** A driver that does nothing, at once, unless a test has it do otherwise. */
export interface FakeDriver extends Driver {
  readonly calls: Call[];
  readonly adopted: Adopted[];
  readonly deletedSnapshots: string[];
  /** What the next jobs of a kind do instead of succeeding; one for each call, the last for all that follow. */
  script(kind: Kind, ...acts: ((job: Job) => Promise<Captured | undefined>)[]): void;
  crash(crash: Crash): void;
  /** The calls so far, as `kind operation`. */
  log(): string[];
}

/** A job that goes on until it is called off. */
export const hang = (job: Job): Promise<never> =>
  new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(new Error('called off'))));

/** A job that succeeds. */
export const succeed = async (): Promise<undefined> => undefined;

/** A job that fails. */
export const fail = (error: Error) => async (): Promise<never> => {
  throw error;
};

/** A driver under a test's control. */
export function fakeDriver(): FakeDriver {
  const calls: Call[] = [];
  const adopted: Adopted[] = [];
  const deletedSnapshots: string[] = [];
  const listeners = new Set<(crash: Crash) => void>();
  const scripts = new Map<Kind, ((job: Job) => Promise<Captured | undefined>)[]>();

  async function run(kind: Kind, job: Job): Promise<Captured | undefined> {
    calls.push({ kind, job });
    const acts = scripts.get(kind) ?? [];
    const act = acts.length > 1 ? acts.shift() : acts[0];
    return act?.(job);
  }

  return {
    calls,
    adopted,
    deletedSnapshots,
    script: (kind, ...acts) => void scripts.set(kind, acts),
    crash: (crash) => listeners.forEach((listener) => void listener(crash)),
    log: () => calls.map(({ kind, job }) => `${kind} ${job.operation}`),
    boot: async (job) => void (await run('boot', job)),
    snapshot: async (job) => (await run('snapshot', job)) ?? {},
    suspend: async (job) => void (await run('suspend', job)),
    resume: async (job) => void (await run('resume', job)),
    release: async (job) => void (await run('release', job)),
    deleteSnapshot: async (id) => void deletedSnapshots.push(id),
    adopt: async (sandboxes) => void adopted.push(...sandboxes),
    watch(onCrash) {
      listeners.add(onCrash);
      return () => listeners.delete(onCrash);
    },
    close: async () => {},
  };
}
