import type { Captured, Driver, Found, Job, ReleaseJob } from '../../../../src/server/index.ts';
import { type Clock, pause } from '../../../../src/utils/clock.ts';

/** A call of a driver by a host. */
export interface PlatformCall {
  readonly host: string;
  readonly kind: 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release' | 'adopt';
  readonly sandboxId: string;
  readonly operation: number;
  /** Whether the host still waits for it. */
  isOpen: boolean;
}

/** One platform that all hosts reach. It carries each operation out once, whichever host asks, and goes on when a host ends. */
export interface SharedPlatform {
  /** The driver of a host. */
  driver(host: string): Driver;
  readonly sandboxes: Map<string, Found['state']>;
  readonly calls: readonly PlatformCall[];
  /** Calls back at the begin of each call, with the other open calls for the same sandbox. */
  onCall: (call: PlatformCall, others: readonly PlatformCall[]) => void;
  /** Whether the platform has released a sandbox. */
  isReleased(sandboxId: string): boolean;
}

/** An operation that the platform carries out. */
interface Work {
  /** Rejects when it is undone before its end. */
  readonly done: Promise<void>;
  /** Undoes it, also when it is done. */
  readonly abort: () => void;
}

/** Creates an empty platform. `durationMs` draws how long an operation takes. */
export function createSharedPlatform(clock: Clock, durationMs: () => number): SharedPlatform {
  const sandboxes = new Map<string, Found['state']>();
  const calls: PlatformCall[] = [];
  const works = new Map<string, Work>();
  const released = new Set<string>();
  const newest = new Map<string, number>();

  const platform: SharedPlatform = {
    sandboxes,
    calls,
    onCall: () => {},
    isReleased: (sandboxId) => released.has(sandboxId),
    driver: (host) => driverOf(host),
  };
  return platform;

  /** Carries out an operation once. A second call for it waits for the same work. An abort undoes it for all callers. */
  function carryOut(key: string, sandboxId: string, change: () => void): Work {
    const known = works.get(key);
    if (known) return known;
    const aborted = new AbortController();
    const before = sandboxes.get(sandboxId);
    let isDone = false;
    const done = pause(clock, durationMs(), aborted.signal).then(() => {
      if (aborted.signal.aborted) throw new Error('The operation was undone.');
      isDone = true;
      change();
    });
    const abort = () => {
      works.delete(key);
      aborted.abort();
      if (!isDone) return;
      if (before === undefined) sandboxes.delete(sandboxId);
      else sandboxes.set(sandboxId, before);
    };
    const work = { done, abort };
    works.set(key, work);
    return work;
  }

  function driverOf(host: string): Driver {
    async function run(kind: PlatformCall['kind'], job: Job | ReleaseJob, change: () => void): Promise<void> {
      const { sandboxId, operation } = job;
      let work: Work | undefined;
      const abort = () => work?.abort();
      const call: PlatformCall = { host, kind, sandboxId, operation, isOpen: true };
      const others = calls.filter((other) => other.isOpen && other.sandboxId === sandboxId);
      calls.push(call);
      platform.onCall(call, others);
      try {
        const isOutdated = operation < (newest.get(sandboxId) ?? 0);
        newest.set(sandboxId, Math.max(operation, newest.get(sandboxId) ?? 0));
        work = carryOut(`${sandboxId} ${operation}`, sandboxId, () => {
          if (!isOutdated && (kind === 'release' || !released.has(sandboxId))) change();
        });
        const letGo = 'letGo' in job ? job.letGo : undefined;
        job.signal.addEventListener('abort', abort);
        const left = new Promise<void>((resolve) => letGo?.addEventListener('abort', () => resolve()));
        await Promise.race([work.done, left]);
        job.signal.throwIfAborted();
        letGo?.throwIfAborted();
      } finally {
        job.signal.removeEventListener('abort', abort);
        call.isOpen = false;
      }
    }

    return {
      kind: 'shared',
      reach: 'everywhere',
      boot: (job) => run('boot', job, () => sandboxes.set(job.sandboxId, 'running')),
      async snapshot(job): Promise<Captured> {
        await run('snapshot', job, () => {});
        return { sizeBytes: 1 };
      },
      suspend: (job) => run('suspend', job, () => sandboxes.set(job.sandboxId, 'paused')),
      resume: (job) => run('resume', job, () => sandboxes.set(job.sandboxId, 'running')),
      release: (job) =>
        run('release', job, () => {
          released.add(job.sandboxId);
          sandboxes.delete(job.sandboxId);
        }),
      async deleteSnapshot() {},
      inventory: async () => [...sandboxes].map(([sandboxId, state]) => ({ sandboxId, state })),
      async adopt(adopted) {
        for (const { sandboxId, incarnation } of adopted) {
          const others = calls.filter((other) => other.isOpen && other.sandboxId === sandboxId);
          const call: PlatformCall = { host, kind: 'adopt', sandboxId, operation: 0, isOpen: true };
          calls.push(call);
          platform.onCall(call, others);
          await pause(clock, durationMs());
          if (sandboxes.has(sandboxId)) sandboxes.set(sandboxId, incarnation === null ? 'paused' : 'running');
          call.isOpen = false;
        }
      },
      watch: () => () => {},
      async close() {},
    };
  }
}
