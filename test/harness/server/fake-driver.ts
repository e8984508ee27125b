import type {
  Adopted,
  Captured,
  ConfigureJob,
  Crash,
  Driver,
  Exit,
  Found,
  Job,
  ReleaseJob,
} from '../../../src/server/index.ts';

type Kind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** One call of a driver. */
export interface Call {
  readonly kind: Kind;
  readonly job: Job | ReleaseJob;
}

/** A driver that succeeds at once, unless a test scripts it. */
export interface FakeDriver extends Driver {
  readonly calls: Call[];
  readonly adopted: Adopted[];
  /** The calls of `configure`, failed ones included. */
  readonly configured: ConfigureJob[];
  /** Errors for the next calls of `configure`, one for each. */
  readonly configureErrors: Error[];
  readonly deletedSnapshots: string[];
  /** The sandboxes on the platform after the calls so far. A test may change them. */
  readonly platform: Map<string, Found['state']>;
  /** Scripts the next jobs of a kind: one act for each call, the last act for all that follow. */
  script(kind: Kind, ...acts: ((job: Job) => Promise<Captured | undefined>)[]): void;
  /** Ends a sandbox, and reports its crash or its exit. */
  crash(end: Crash | Exit): void;
  /** The calls so far, as `kind operation`. */
  log(): string[];
}

/** A job that continues until it is aborted. */
export const hang = (job: Job): Promise<never> =>
  new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(new Error('aborted'))));

/** A job that succeeds. */
export const succeed = async (): Promise<undefined> => undefined;

/** A job that fails. */
export const fail = (error: Error) => async (): Promise<never> => {
  throw error;
};

/** Creates a driver under the control of a test. After a restart, pass the platform of the earlier driver. */
export function fakeDriver(platform = new Map<string, Found['state']>()): FakeDriver {
  const calls: Call[] = [];
  const adopted: Adopted[] = [];
  const configured: ConfigureJob[] = [];
  const configureErrors: Error[] = [];
  const deletedSnapshots: string[] = [];
  const listeners = new Set<(end: Crash | Exit) => void>();
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
    configured,
    configureErrors,
    deletedSnapshots,
    platform,
    script: (kind, ...acts) => void scripts.set(kind, acts),
    crash(crash) {
      platform.delete(crash.sandboxId);
      for (const listener of listeners) listener(crash);
    },
    log: () => calls.map(({ kind, job }) => `${kind} ${job.operation}`),
    async boot(job) {
      await run('boot', job);
      platform.set(job.sandboxId, 'running');
    },
    snapshot: async (job) => (await run('snapshot', job)) ?? {},
    async suspend(job) {
      await run('suspend', job);
      platform.set(job.sandboxId, 'paused');
    },
    async resume(job) {
      await run('resume', job);
      platform.set(job.sandboxId, 'running');
    },
    async configure(job) {
      configured.push(job);
      const error = configureErrors.shift();
      if (error) throw error;
    },
    async release(job) {
      await run('release', job as Job);
      platform.delete(job.sandboxId);
    },
    deleteSnapshot: async (id) => void deletedSnapshots.push(id),
    inventory: async () => [...platform].map(([sandboxId, state]) => ({ sandboxId, state })),
    async adopt(sandboxes) {
      adopted.push(...sandboxes);
      for (const { sandboxId, incarnation } of sandboxes)
        platform.set(sandboxId, incarnation === null ? 'paused' : 'running');
    },
    watch(onCrash) {
      listeners.add(onCrash);
      return () => listeners.delete(onCrash);
    },
    close: async () => {},
  };
}
