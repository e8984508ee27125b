import { retryMs } from '../../utils/back-off.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import type { Holding } from '../hosts/holding.ts';
import { entryPages, mostAtOnce } from '../store/entry-pages.ts';
import { isLiving } from '../store/indexed-fields.ts';
import type { Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { OperationRunner } from './operation-runner.ts';

/** Makes the driver bring sandboxes into the state of their records. */
export interface Adoption {
  /**
   * Adopts one sandbox. Returns false, without a call of the driver, when an operation of it is in progress. Does nothing when this
   * host has lost the sandbox meanwhile. All
   * operations except a release wait for the end of the adoption, which otherwise could silently resume a sandbox that was
   * suspended meanwhile.
   */
  adopt(sandboxId: string): Promise<boolean>;
  /** Adopts all sandboxes that should exist, and starts the operations of their records. */
  adoptAll(): Promise<void>;
}

/** The parts of a host that an adoption uses. */
interface AdoptionOptions {
  readonly store: Store;
  readonly driver: Pick<Driver, 'adopt'>;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'inspectLocked'>;
  readonly runner: OperationRunner;
  readonly background: BackgroundTasks;
  readonly holding: Pick<Holding, 'holds'>;
  /** Called after the driver has adopted a sandbox. */
  readonly onAdopted: (sandboxId: string) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Creates the adoption of all sandboxes at startup, and of single sandboxes later. */
export function createAdoption(options: AdoptionOptions): Adoption {
  const { store, driver, clock, committer, runner, background, holding, onAdopted, onProblem } = options;
  const { closing } = background;
  return { adopt, adoptAll };

  function adopt(sandboxId: string): Promise<boolean> {
    return runner.whileIdle(sandboxId, async () => {
      const entry = await store.get(sandboxId);
      if (!entry || !isLiving(entry) || !holding.holds(sandboxId)) return;
      await driver.adopt([{ sandboxId, incarnation: entry.sandbox.incarnation }]);
      onAdopted(sandboxId);
    });
  }

  async function adoptAll(): Promise<void> {
    for await (const entries of entryPages((after, limit) => store.living(after, limit), closing))
      await forEachLimited(entries, mostAtOnce, ({ sandbox }) => tryAdoption(sandbox.id));
  }

  /** Retries in the background, so that one sandbox that cannot be adopted does not delay the others. */
  async function tryAdoption(sandboxId: string): Promise<void> {
    try {
      await adoptAndReconcile(sandboxId);
    } catch (error) {
      onProblem(error, sandboxId);
      background.run(async () => {
        await pause(clock, retryMs, closing);
        await adoptAndReconcile(sandboxId);
      }, sandboxId);
    }
  }

  async function adoptAndReconcile(sandboxId: string): Promise<void> {
    if (closing.aborted) return;
    if (await adopt(sandboxId)) await committer.inspectLocked(sandboxId, runner.reconcile);
    // A command has already started an operation, which has precedence.
    else background.run(() => runner.settled(sandboxId).then(() => adoptAndReconcile(sandboxId)), sandboxId);
  }
}
