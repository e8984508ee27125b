import type { Captured, Crash, Driver, Exit, Found, Job, ReleaseJob } from '../../server/driver/driver.ts';
import { onAbort } from '../../utils/on-abort.ts';

/** The kinds of driver calls that a check can script and count. */
type CallKind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release' | 'configure';

/** One call of a driver. */
interface PlatformCall {
  readonly kind: CallKind;
  readonly sandboxId: string;
  /** The id of the operation; the generation for `configure`. */
  readonly operation: number;
  /** The snapshot that a boot reads. */
  readonly snapshotId: string | null;
  readonly signal: AbortSignal;
}

/** A call that waits for the check. */
interface HeldCall {
  /** The call, once a host has made it. */
  call(): PlatformCall | undefined;
  /** Carries the call out. */
  finish(): void;
}

/** A connection of one host to the platform. */
interface Connection {
  readonly driver: Driver;
  /** Ends it as a crash of the host does: calls never settle, and reports stop. */
  abandon(): void;
}

/** A platform in memory that records each call. Every call succeeds at once, unless a check scripts it. */
export interface TestPlatform {
  readonly calls: readonly PlatformCall[];
  /** The ids of the snapshots whose data was removed. */
  readonly removed: readonly string[];
  readonly closed: number;
  connect(): Connection;
  /** Makes the next calls of a kind fail, one for each error. */
  fail(kind: CallKind, ...errors: readonly Error[]): void;
  /** Holds the next call of a kind. It fails when the host aborts it, unless it is `deaf`. */
  hold(kind: CallKind, options?: { readonly deaf?: boolean }): HeldCall;
  /** Reports the end of a sandbox to every host. */
  end(end: Crash | Exit): void;
  /** The calls for a sandbox, as `kind operation`. */
  log(sandboxId: string): readonly string[];
  states(): ReadonlyMap<string, Found['state']>;
}

type Act = (call: PlatformCall) => Promise<void>;

const never = new Promise<never>(() => {});

/** Creates an empty platform. */
export function createTestPlatform(): TestPlatform {
  const calls: PlatformCall[] = [];
  const removed: string[] = [];
  const states = new Map<string, Found['state']>();
  const scripts = new Map<CallKind, Act[]>();
  const listeners = new Set<(end: Crash | Exit) => void>();
  let closed = 0;

  const addAct = (kind: CallKind, act: Act) => void scripts.set(kind, [...(scripts.get(kind) ?? []), act]);

  async function act(kind: CallKind, job: Job | ReleaseJob, operation = job.operation): Promise<void> {
    const { sandboxId, signal } = job;
    const snapshotId = 'snapshotId' in job ? (job.snapshotId as string | null) : null;
    const call = { kind, sandboxId, operation, snapshotId, signal };
    calls.push(call);
    await scripts.get(kind)?.shift()?.(call);
  }

  function methods(): Driver {
    return {
      kind: 'conformance',
      reach: 'everywhere',
      async boot(job) {
        await act('boot', job);
        states.set(job.sandboxId, 'running');
      },
      async snapshot(job): Promise<Captured> {
        await act('snapshot', job);
        return { sizeBytes: 7 };
      },
      async suspend(job) {
        await act('suspend', job);
        states.set(job.sandboxId, 'paused');
      },
      async resume(job) {
        await act('resume', job);
        states.set(job.sandboxId, 'running');
      },
      configure: (job) => act('configure', { ...job, operation: job.generation }),
      async release(job) {
        await act('release', job);
        states.delete(job.sandboxId);
      },
      deleteSnapshot: async (id) => void removed.push(id),
      inventory: async () => [...states].map(([sandboxId, state]) => ({ sandboxId, state })),
      async adopt(sandboxes) {
        for (const { sandboxId, incarnation } of sandboxes)
          if (states.has(sandboxId)) states.set(sandboxId, incarnation === null ? 'paused' : 'running');
      },
      watch(onEnd) {
        listeners.add(onEnd);
        return () => listeners.delete(onEnd);
      },
      async close() {
        closed++;
      },
    };
  }

  return {
    calls,
    removed,
    get closed() {
      return closed;
    },
    connect: () => abandonable(methods()),
    fail(kind, ...errors) {
      for (const error of errors)
        addAct(kind, async () => {
          throw error;
        });
    },
    hold(kind, { deaf = false } = {}) {
      let held: PlatformCall | undefined;
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      addAct(kind, (call) => {
        held = call;
        const aborted = new Promise<never>((_, reject) => {
          if (!deaf) onAbort(call.signal, () => reject(new Error('The host has aborted the call.')));
        });
        return Promise.race([finished, aborted]);
      });
      return { call: () => held, finish };
    },
    end(end) {
      states.delete(end.sandboxId);
      for (const listener of [...listeners]) listener(end);
    },
    log: (id) =>
      calls.flatMap(({ sandboxId, kind, operation }) => (sandboxId === id ? `${kind} ${operation}` : [])),
    states: () => states,
  };
}

/** A driver whose calls and reports end when its host is abandoned. */
function abandonable(driver: Driver): Connection {
  let isAbandoned = false;
  const guarded =
    <Arguments extends readonly unknown[], Result>(call: (...values: Arguments) => Promise<Result>) =>
    async (...values: Arguments): Promise<Result> => {
      if (isAbandoned) return never;
      try {
        const result = await call(...values);
        return isAbandoned ? never : result;
      } catch (error) {
        if (isAbandoned) return never;
        throw error;
      }
    };
  const { boot, snapshot, suspend, resume, release, deleteSnapshot, inventory, adopt, close } = driver;
  const { configure = async () => {} } = driver;
  return {
    driver: {
      ...driver,
      boot: guarded(boot),
      snapshot: guarded(snapshot),
      suspend: guarded(suspend),
      resume: guarded(resume),
      configure: guarded(configure),
      release: guarded(release),
      deleteSnapshot: guarded(deleteSnapshot),
      inventory: guarded(inventory),
      adopt: guarded(adopt),
      close: guarded(close),
      watch: (onEnd) => driver.watch((end) => isAbandoned || onEnd(end)),
    },
    abandon() {
      isAbandoned = true;
    },
  };
}
