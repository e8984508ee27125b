import type { Adopted, Driver, ReleaseJob } from '../driver.ts';
import { adopt } from './adopt.ts';
import { boot } from './boot.ts';
import { inventory } from './inventory.ts';
import type { ProcessDriverOptions } from './options.ts';
import { resume, suspend } from './pause.ts';
import { createQueue } from './queue.ts';
import { release } from './release.ts';
import { createSharedState, type SharedState } from './shared-state.ts';
import { deleteSnapshot, snapshot } from './snapshot.ts';

/**
 * A platform on this very machine: each sandbox is a real process in a session and a folder of its own, suspended by
 * SIGSTOP and resumed by SIGCONT. All that it must know is in `directory`, so a server that went down takes up again
 * what it left. For development and for trying things out: it is no wall, a sandbox's process runs as the server's own
 * user, and resources and network are not limited. A snapshot is a copy of the files, not of memory. A process that
 * makes a session of its own is found by its variables on Linux, elsewhere it gets away. POSIX systems only; one
 * server at a time for one directory.
 *
 * @example
 * const host = await createHost({ store, driver: processDriver('./data') });
 */
export function processDriver(directory: string, options: ProcessDriverOptions = {}): Driver {
  const state = createSharedState(directory, options);
  const { paths, reports, exitWatcher } = state;
  const queue = createQueue();

  async function run<J extends ReleaseJob, T>(
    job: J,
    task: (state: SharedState, job: J, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    // Refuses a bad id before anything waits for it or is done with it.
    paths.processFile(job.sandboxId, job.operation);
    return queue.run(job.sandboxId, job.signal, (signal) => task(state, job, signal));
  }

  async function adoptAll(sandboxes: readonly Adopted[]) {
    for (const { sandboxId } of sandboxes) paths.sandbox(sandboxId);
    const never = new AbortController().signal;
    const adoptions = sandboxes.map((one) =>
      queue.run(one.sandboxId, never, (signal) => adopt(state, one, signal)),
    );
    // One that cannot be had must not keep the others from being tried.
    const failed = (await Promise.allSettled(adoptions)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  return {
    boot: (job) => run(job, boot),
    snapshot: (job) => run(job, snapshot),
    suspend: (job) => run(job, suspend),
    resume: (job) => run(job, resume),
    release: (job) => run(job, release),
    deleteSnapshot: async (snapshotId) => deleteSnapshot(state, snapshotId),
    inventory: () => inventory(state),
    adopt: adoptAll,
    watch: (onCrash) => reports.watch(onCrash),
    async close() {
      // Work that is called off puts things back as they were, so it is still followed until then.
      await queue.close();
      exitWatcher.close();
      reports.close();
    },
  };
}
