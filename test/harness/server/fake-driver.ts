import type { Adopted, Captured, Crash, Driver, Found, Job, ReleaseJob } from '../../../src/server/index.ts';

type Kind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** One call that a driver got. */
export interface Call {
  readonly kind: Kind;
  readonly job: Job | ReleaseJob;
}

/** A driver that does nothing, at once, unless a test has it do otherwise. */
export interface FakeDriver extends Driver {
  readonly calls: Call[];
  readonly adopted: Adopted[];
  readonly deletedSnapshots: string[];
  /** What is there, by the calls so far: a test may change it. */
  readonly there: Map<string, Found['state']>;
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

/** A driver under a test's control; after a restart, on what an earlier one has left there. */
export function fakeDriver(there = new Map<string, Found['state']>()): FakeDriver {
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
    there,
    script: (kind, ...acts) => void scripts.set(kind, acts),
    crash(crash) {
      there.delete(crash.sandboxId);
      for (const listener of listeners) listener(crash);
    },
    log: () => calls.map(({ kind, job }) => `${kind} ${job.operation}`),
    async boot(job) {
      await run('boot', job);
      there.set(job.sandboxId, 'running');
    },
    snapshot: async (job) => (await run('snapshot', job)) ?? {},
    async suspend(job) {
      await run('suspend', job);
      there.set(job.sandboxId, 'paused');
    },
    async resume(job) {
      await run('resume', job);
      there.set(job.sandboxId, 'running');
    },
    async release(job) {
      await run('release', job as Job);
      there.delete(job.sandboxId);
    },
    deleteSnapshot: async (id) => void deletedSnapshots.push(id),
    inventory: async () => [...there].map(([sandboxId, state]) => ({ sandboxId, state })),
    async adopt(sandboxes) {
      adopted.push(...sandboxes);
      for (const { sandboxId, incarnation } of sandboxes)
        there.set(sandboxId, incarnation === null ? 'paused' : 'running');
    },
    watch(onCrash) {
      listeners.add(onCrash);
      return () => listeners.delete(onCrash);
    },
    close: async () => {},
  };
}
