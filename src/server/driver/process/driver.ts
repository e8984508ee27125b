import type { Adopted, Driver, Inspection, ReleaseJob } from '../driver.ts';
import { adopt } from './adopt.ts';
import { boot } from './boot.ts';
import { inspect } from './inspect.ts';
import { inventory } from './inventory.ts';
import type { ProcessDriverOptions } from './options.ts';
import { createOwnership } from './ownership.ts';
import { resume, suspend } from './pause.ts';
import { createQueue } from './queue.ts';
import { release } from './release.ts';
import { createSweep } from './set-aside.ts';
import { createSharedState, type SharedState } from './shared-state.ts';
import { deleteSnapshot, snapshot } from './snapshot.ts';

/** The queue key of the removal of old folders. No sandbox has this id. The key of a snapshot is its path. */
const sweepKey = 'set-aside';

/**
 * Creates a driver that runs sandboxes on this machine. Each sandbox is a real process in its own session and folder,
 * suspended by SIGSTOP and resumed by SIGCONT. `directory` holds all state, so a restarted server adopts its
 * sandboxes. For development and trials: it does not isolate. A sandbox's process runs as the user of the server, and
 * resources and network are not limited. A snapshot is a copy of the files, not of memory. On Linux the driver finds a
 * process that creates its own session by its environment variables; on other systems such a process escapes. POSIX
 * systems only; one server at a time for one directory.
 *
 * @example
 * const host = await createHost({ store, driver: processDriver('./data') });
 */
export function processDriver(directory: string, options: ProcessDriverOptions = {}): Driver {
  const state = createSharedState(directory, options);
  const { paths, reports, exitWatcher } = state;
  const queue = createQueue();
  const sweep = createSweep(state);
  const never = new AbortController().signal;

  async function run<J extends ReleaseJob, T>(
    job: J,
    task: (state: SharedState, job: J, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    // Rejects a malformed id before it enters the queue.
    paths.processFile(job.sandboxId, job.operation);
    return queue.run(job.sandboxId, job.signal, (signal) => task(state, job, signal));
  }

  async function adoptAll(sandboxes: readonly Adopted[]) {
    for (const { sandboxId } of sandboxes) paths.sandbox(sandboxId);
    const adoptions = sandboxes.map((one) =>
      queue.run(one.sandboxId, never, (signal) => adopt(state, one, signal)),
    );
    // A failed adoption must not keep the others from being tried.
    const failed = (await Promise.allSettled(adoptions)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async function inspectOne(id: string): Promise<Inspection> {
    const first = await inspect(state, id);
    // A start or a release in progress looks like an end. Look again when nothing is in progress.
    const isCertain = first.state !== 'exited' || state.tracked.get(id)?.ending !== undefined;
    return isCertain ? first : queue.run(id, never, () => inspect(state, id));
  }

  return {
    kind: 'process',
    ownership: createOwnership(paths.ownerFile),
    snapshotTypes: ['filesystem'],
    enforces: [],
    boot: (job) => run(job, boot),
    snapshot: (job) => run(job, snapshot),
    suspend: (job) => run(job, suspend),
    resume: (job) => run(job, resume),
    release: (job) => run(job, release),
    async deleteSnapshot(snapshotId) {
      // One after the other: a second deletion must not resolve while the first one still removes files.
      await queue.run(paths.snapshot(snapshotId), never, (signal) =>
        deleteSnapshot(state, snapshotId, signal),
      );
    },
    inventory() {
      // A sweep that failed is repeated later.
      queue.run(sweepKey, never, sweep).catch(() => {});
      return inventory(state);
    },
    inspect: inspectOne,
    adopt: adoptAll,
    watch: (onEnd) => reports.watch(onEnd),
    async close() {
      // Aborted work restores the previous state, so watch its process until then.
      await queue.close();
      exitWatcher.close();
      reports.close();
    },
  };
}
