import { why } from '../machine/can.ts';
import { parsePolicy } from '../schema/parse.ts';
import { systemClock } from '../utils/clock.ts';
import { createChangeFeed } from './changes/change-feed.ts';
import { fanOut } from './changes/fan-out.ts';
import { waitFor } from './changes/wait-for.ts';
import { createTouch } from './commands/activity.ts';
import { createCommitter } from './commands/committer.ts';
import { createIdempotency } from './commands/idempotency.ts';
import { createLookup } from './commands/lookup.ts';
import { newId } from './commands/new-sandbox.ts';
import { createSandboxCommands } from './commands/sandbox-commands.ts';
import { createSnapshotCommands } from './commands/snapshot-commands.ts';
import type { Host, HostOptions } from './host.ts';
import { createReconciler } from './reconciler/reconciler.ts';
import { createRetention } from './scheduler/retention.ts';
import { createTimeoutScheduler } from './scheduler/timeout-scheduler.ts';
import { createReporting } from './telemetry/observation.ts';

/**
 * Creates and starts a host: it carries out the duties of every record in the store. Throws a `SchemaError` for an invalid
 * policy.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver: processDriver('./data') });
 * const { sandbox } = await host.create({ namespace: 'default', name: 'my-env', timeoutSeconds: 300 });
 * await host.close();
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { store, driver, driftIntervalSeconds = 60, random = Math.random, createId = newId } = options;
  const clock = options.clock ?? systemClock({ unref: true });
  const policy = parsePolicy(options.policy);
  const { observe, onProblem } = createReporting(options.observe);

  const lookup = createLookup(store);
  const idempotency = createIdempotency(store, clock);
  const changeFeed = createChangeFeed(store, clock);
  const committer = createCommitter(
    store,
    policy,
    (committed) => fanOut(committed, { observe, changeFeed, reconciler, timeoutScheduler }),
    changeFeed.publishUnapplied,
  );
  const shared = { store, policy, clock, committer, lookup, idempotency, observe, onProblem };
  const timeoutScheduler = createTimeoutScheduler(shared);
  const expectTimeouts = timeoutScheduler.start;
  const reconciler = createReconciler({ ...shared, driver, random, driftIntervalSeconds, expectTimeouts });
  const retention = createRetention(store, clock, onProblem);
  let closed: Promise<void> | undefined;

  try {
    await reconciler.start();
    await timeoutScheduler.start();
    retention.start();
  } catch (error) {
    await closeAll();
    throw error;
  }

  return {
    policy,
    ...createSandboxCommands({ ...shared, createId }),
    ...createSnapshotCommands({ ...shared, removeSnapshots: reconciler.removeSnapshots }),
    touch: createTouch(shared),
    why,
    get: lookup.sandbox,
    list: (query) => store.list(query),
    history: lookup.history,
    watch: changeFeed.watch,
    watchAll: changeFeed.watchAll,
    position: () => store.lastSequence(),
    waitFor: (namespace, idOrName, wanted, { timeoutMs, signal }) =>
      waitFor(
        { read: () => lookup.sandbox(namespace, idOrName), wanted, timeoutMs, signal },
        changeFeed,
        clock,
      ),
    broken: () => store.broken(),
    async check() {
      if (closed) throw new Error('The host is closed.');
      await store.lastSequence();
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };

  async function closeAll(): Promise<void> {
    changeFeed.close();
    retention.close();
    await timeoutScheduler.close();
    await reconciler.close();
    await store.close();
  }
}
