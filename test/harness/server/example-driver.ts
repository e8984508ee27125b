import {
  type Crash,
  type Driver,
  DriverError,
  type Exit,
  type ReleaseJob,
  type SnapshotJob,
} from '../../../src/server/index.ts';

/** How a machine ended. The exit code is null unless its program ended by itself. */
interface End {
  reason: string;
  exitCode: number | null;
}

/** The client of your platform. A machine keeps the incarnation and the owner that it gets. */
export interface Machines {
  list(): Promise<readonly { name: string; paused: boolean; incarnation: number; owner: string | null }[]>;
  /** How a machine ended; undefined for one that exists, was removed or was never started. Rejects on any error. */
  endOf(name: string): Promise<End | undefined>;
  start(
    name: string,
    from: { incarnation: number; owner: string | null; image: string | null; snapshot: string | null },
  ): Promise<void>;
  pause(name: string): Promise<void>;
  continue(name: string, incarnation: number): Promise<void>;
  capture(name: string, snapshot: string, type: SnapshotJob['snapshotType']): Promise<{ bytes: number }>;
  /** The snapshot as it was captured; undefined when it does not exist. */
  findSnapshot(snapshot: string): Promise<{ bytes: number } | undefined>;
  /** Ignores a missing machine, as `removeSnapshot` ignores a missing snapshot. */
  remove(name: string): Promise<void>;
  removeSnapshot(snapshot: string): Promise<void>;
  onEnd(listener: (machine: { name: string; incarnation: number } & End) => void): () => void;
}

type Undo = () => Promise<void>;

/** Throws a failure that ends the operation, with this reason. After any other error, the host retries. */
function fail(reason: string): never {
  throw new DriverError(reason, { retryable: false });
}

/** Runs the operations of each sandbox in order, and remembers the newest one. */
function createOperations() {
  const tails = new Map<string, Promise<unknown>>();
  const newest = new Map<string, number>();

  function remember(id: string, operation: number): void {
    newest.set(id, Math.max(operation, newest.get(id) ?? 0));
  }

  /**
   * Runs work after the previous work. Work that changed something returns a function that rolls it back after an
   * abort.
   */
  function inTurn(
    { sandboxId: id, operation, signal }: ReleaseJob,
    work: () => Promise<Undo | undefined>,
  ): Promise<void> {
    const before = tails.get(id) ?? Promise.resolve();
    const turn = before.then(async () => {
      signal.throwIfAborted();
      const isNew = newest.get(id) !== operation;
      const undo = await work();
      if (undo && isNew && signal.aborted) {
        await undo();
        throw signal.reason;
      }
      remember(id, operation);
    });
    const over = turn.catch(() => {}).finally(() => tails.get(id) === over && tails.delete(id));
    tails.set(id, over);
    return turn;
  }

  /** As `inTurn`, but fails when a newer operation has completed. */
  function inOrder(job: ReleaseJob, work: () => Promise<Undo | undefined>): Promise<void> {
    return inTurn(job, async () => {
      const done = newest.get(job.sandboxId) ?? 0;
      if (job.operation < done)
        throw new DriverError(`A newer operation (${done}) has completed since.`, {
          retryable: false,
          isStale: true,
        });
      return work();
    });
  }

  return {
    inTurn,
    inOrder,
    remember,
    isNewest: (id: string, operation: number) => newest.get(id) === operation,
    settled: async () => void (await Promise.all(tails.values())),
  };
}

/** Creates a driver that runs each sandbox as a machine of your platform. */
export function machineDriver(machines: Machines): Driver {
  const { inTurn, inOrder, remember, isNewest, settled } = createOperations();
  const watchers = new Set<(end: Crash | Exit) => void>();
  const stopListening = machines.onEnd(({ name, incarnation, ...end }) => report(name, incarnation, end));

  function report(sandboxId: string, incarnation: number, { reason, exitCode }: End): void {
    const crash = { sandboxId, incarnation, reason };
    for (const watcher of watchers) watcher(exitCode === null ? crash : { ...crash, exitCode });
  }

  async function find(id: string) {
    return (await machines.list()).find(({ name }) => name === id);
  }

  async function mustFind(id: string) {
    return (await find(id)) ?? fail('Its machine has exited.');
  }

  return {
    kind: 'machines',
    snapshotTypes: ['memory', 'filesystem'],

    boot: ({ sandboxId: id, operation: incarnation, snapshotId: snapshot, ...job }) =>
      inOrder({ sandboxId: id, operation: incarnation, ...job }, async () => {
        const machine = await find(id);
        if (machine) {
          await machines.continue(id, incarnation);
          return undefined;
        }
        if (isNewest(id, incarnation)) fail('Its machine was started and has exited.');
        if (snapshot !== null && !(await machines.findSnapshot(snapshot)))
          fail('The snapshot does not exist.');
        job.progress('waiting_for_container');
        const { image } = job.configuration;
        await machines.start(id, { incarnation, owner: job.owner, image, snapshot });
        return () => machines.remove(id);
      }),

    suspend: (job) =>
      inOrder(job, async () => {
        const { paused, incarnation } = await mustFind(job.sandboxId);
        if (paused) return undefined;
        await machines.pause(job.sandboxId);
        return () => machines.continue(job.sandboxId, incarnation);
      }),

    resume: (job) =>
      inOrder(job, async () => {
        const { paused } = await mustFind(job.sandboxId);
        await machines.continue(job.sandboxId, job.operation);
        return paused ? () => machines.pause(job.sandboxId) : undefined;
      }),

    async snapshot(job) {
      let sizeBytes = 0;
      await inOrder(job, async () => {
        const captured = await machines.findSnapshot(job.snapshotId);
        if (captured) {
          sizeBytes = captured.bytes;
          return undefined;
        }
        await mustFind(job.sandboxId);
        sizeBytes = (await machines.capture(job.sandboxId, job.snapshotId, job.snapshotType)).bytes;
        return () => machines.removeSnapshot(job.snapshotId);
      });
      return { sizeBytes };
    },

    release: (job) =>
      inTurn(job, async () => {
        await machines.remove(job.sandboxId);
        return undefined;
      }),

    deleteSnapshot: (snapshotId) => machines.removeSnapshot(snapshotId),

    async inventory() {
      const all = await machines.list();
      return all.map(({ name, paused, owner }) => ({
        sandboxId: name,
        state: paused ? 'paused' : 'running',
        owner,
      }));
    },

    async inspect(id) {
      const machine = await find(id);
      if (machine) return { state: machine.paused ? 'paused' : 'running' };
      const end = await machines.endOf(id);
      return end ? { state: 'exited', ...end } : { state: 'absent' };
    },

    async adopt(sandboxes) {
      for (const { sandboxId: id, incarnation } of sandboxes) {
        remember(id, incarnation ?? 0);
        const machine = await find(id);
        if (machine && incarnation === null) await machines.pause(id);
        else if (machine && incarnation !== null) await machines.continue(id, incarnation);
        // Without a trace of the machine, report nothing: absence proves nothing.
        const end = machine ? undefined : await machines.endOf(id);
        if (end && incarnation !== null) report(id, incarnation, end);
      }
    },

    watch(onEnd) {
      watchers.add(onEnd);
      return () => void watchers.delete(onEnd);
    },

    async close() {
      await settled();
      stopListening();
      watchers.clear();
    },
  };
}
