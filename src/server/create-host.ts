import { why } from '../machine/can.ts';
import type { Policy } from '../model/policy.ts';
import { parsePolicy, parseQuotas, parseRetention } from '../schema/parse.ts';
import type { Quotas } from '../schema/quotas.ts';
import type { RetentionSettings } from '../schema/retention.ts';
import { type Clock, systemClock } from '../utils/clock.ts';
import { createChangeFeed } from './changes/change-feed.ts';
import { fanOut } from './changes/fan-out.ts';
import { waitFor } from './changes/wait-for.ts';
import { createActivity } from './commands/activity.ts';
import { createCommitter } from './commands/committer.ts';
import { fixedSettingsOf } from './commands/enforced-settings.ts';
import { createIdempotency } from './commands/idempotency.ts';
import { createLookup } from './commands/lookup.ts';
import { createNamespaceDeletions } from './commands/namespace-deletions.ts';
import { newId } from './commands/new-sandbox.ts';
import { createOrphanCommands } from './commands/orphan-commands.ts';
import { createSandboxCommands } from './commands/sandbox-commands.ts';
import { createSnapshotCommands } from './commands/snapshot-commands.ts';
import { snapshotTypesOf } from './commands/snapshot-type.ts';
import { createStoredForms } from './commands/stored-result.ts';
import { IdentityError, RuleError, UnwritableError } from './errors.ts';
import type { Host } from './host.ts';
import type { HostOptions } from './host-options.ts';
import { directedParts } from './hosts/directed-parts.ts';
import { createHostList } from './hosts/host-list.ts';
import { joinStore } from './hosts/join-store.ts';
import { claimPlatform } from './reconciler/claim-platform.ts';
import type { OperationCounts } from './reconciler/operation-counts.ts';
import { createReconciler } from './reconciler/reconciler.ts';
import { createRetention } from './scheduler/retention.ts';
import { createTimekeeper } from './scheduler/timekeeper.ts';
import { createTimeoutScheduler } from './scheduler/timeout-scheduler.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { createHistoryReader } from './store/history-items.ts';
import { readHostStats } from './telemetry/host-stats.ts';
import { createReporting, type Reporting } from './telemetry/observation.ts';
import { createUsageReader } from './telemetry/usage.ts';

/**
 * Creates and starts a host: it carries out the duties of every record in the store. Throws a `SchemaError` for an invalid
 * policy, quotas or retention, and an `IdentityError` when the store and the driver do not belong together.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver: processDriver('./data') });
 * const { sandbox } = await host.create({ namespace: 'default', name: 'my-env', timeoutSeconds: 300 });
 * await host.close();
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { store, driver } = options;
  const clock = options.clock ?? systemClock({ unref: true });
  mustReachEverywhere(options);
  const policy = parsePolicy(options.policy);
  const quotas = parseQuotas(options.quotas);
  const retention = parseRetention(options.retention);
  const reporting = createReporting(options.observe);
  const { onProblem } = reporting;
  const limitMs = store.shared ? stopLimitMs + drainMs : stopLimitMs;
  const shutdown = createShutdown({ clock, limitMs, onProblem });
  shutdown.add('The store', () => store.close());
  shutdown.add('The driver', () => driver.close());
  try {
    return await startHost(options, { clock, policy, quotas, retention, shutdown, reporting });
  } catch (error) {
    await shutdown.run().catch(() => {});
    throw error;
  }
}

/** Throws for a driver whose sandboxes only one process can reach, on a store that several hosts share. */
function mustReachEverywhere({ store, driver: { kind, reach = 'process' } }: HostOptions): void {
  if (store.shared && reach !== 'everywhere')
    throw new IdentityError(
      `Several hosts share this store, but only this process can reach what the driver${kind ? ` "${kind}"` : ''} makes. Use a driver whose reach is "everywhere", or open the store for one host.`,
    );
}

/** The longest stop of a host, in ms. A platform that does not respond keeps the store open no longer. */
const stopLimitMs = 8_000;

/** How long operations may go on at a stop, on a store that several hosts share, in ms. Another host continues them after that. */
const drainMs = 10_000;

/** The parts of a host that exist before it touches the store. */
interface Foundation {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly quotas: Quotas;
  readonly retention: RetentionSettings;
  readonly shutdown: Shutdown;
  readonly reporting: Reporting;
}

/** The number of operations that a host has begun and not ended. */
const workingOn = ({ running, waiting }: OperationCounts) => running + waiting;

/** Starts the parts of a host. Adds the end of each to the shutdown. */
async function startHost(options: HostOptions, foundation: Foundation): Promise<Host> {
  const { policy, quotas, retention: settings, shutdown, reporting } = foundation;
  const { observe, onProblem } = reporting;
  const { driver, random = Math.random, createId = newId, restored = false } = options;
  const { store, clock, holding, hostName, downtime, membership } = await joinStore(options, foundation);
  const owner = await claimPlatform(store, driver);

  const readHistory = createHistoryReader(store, (row) => observe({ type: 'broken', row }));
  const lookup = createLookup(store, readHistory);
  const idempotency = createIdempotency(store, clock);
  const forms = createStoredForms(store);
  const changeFeed = createChangeFeed(store, clock, readHistory);
  const committer = createCommitter(
    store,
    policy,
    (committed) =>
      fanOut(committed, {
        observe,
        changeFeed,
        reconciler,
        timekeeper,
        activity,
        timeoutScheduler,
        retention,
      }),
    changeFeed.publishUnapplied,
    { livingSandboxes: quotas.livingSandboxes, snapshots: quotas.snapshots },
    { clock, random },
  );
  const shared = { store, policy, clock, random, committer, lookup, idempotency, forms, observe, onProblem };
  const activity = createActivity(shared);
  const graceMs = (options.discardGraceSeconds ?? 900) * 1000;
  const timeoutScheduler = createTimeoutScheduler({
    ...shared,
    discardGraceMs: graceMs,
    adjusted: () => timekeeper.adjusted(),
    recordActivity: activity.record,
  });
  const timekeeper = createTimekeeper({
    ...shared,
    ...downtime,
    restored,
    onUncertain() {
      timeoutScheduler.beginDiscardGrace();
      retention.hold();
    },
    onAdjusted: timeoutScheduler.restart,
  });
  const expectTimeouts = timeoutScheduler.start;
  const reconciler = createReconciler({
    ...shared,
    driver,
    owner,
    holding,
    drainMs: membership ? drainMs : null,
    expectTimeouts,
    driftIntervalSeconds: options.driftIntervalSeconds ?? 60,
    absenceGraceSeconds: options.absenceGraceSeconds ?? 60,
    orphanGraceSeconds: options.orphanGraceSeconds ?? 900,
    orphans: restored ? 'keep' : (options.orphans ?? 'release'),
    restored,
  });
  const snapshotCommands = createSnapshotCommands({ ...shared, removeSnapshots: reconciler.removeSnapshots });
  const { deleteSnapshot } = snapshotCommands;
  const retention = createRetention({
    ...{ ...shared, holding, settings, graceMs, restored, deleteSnapshot },
    adjusted: () => timekeeper.adjusted(),
  });
  const { mustAcceptSandboxes, ...deletions } = createNamespaceDeletions({
    ...shared,
    holding,
    deleteSnapshot,
  });
  let isClosed = false;

  shutdown.add('The clock', timekeeper.close);
  shutdown.add('The operations', reconciler.close);
  shutdown.add('The timeouts', timeoutScheduler.close);
  shutdown.add('The activity', activity.close);
  shutdown.add('The clock', timekeeper.stop);
  shutdown.add('The retention', retention.close);
  shutdown.add('The deletions of namespaces', deletions.close);
  shutdown.add('The change feed', changeFeed.close);
  await timekeeper.start();
  await reconciler.start();
  await timeoutScheduler.start();
  retention.start();
  await deletions.start({ waits: restored });
  const directed = { reconciler, changeFeed, activity, expectTimeouts, clock, onProblem };
  if (membership) await membership.start(directedParts({ ...directed, beatMs: membership.beatMs }));

  return {
    policy,
    quotas,
    retention: settings,
    restored,
    snapshotTypes: snapshotTypesOf(driver),
    ...createSandboxCommands({
      ...shared,
      driver,
      createId,
      fixedSettings: fixedSettingsOf(driver),
      mustAcceptSandboxes,
    }),
    ...snapshotCommands,
    ...createOrphanCommands({ ...shared, reconciler, mustAcceptSandboxes }),
    deleteNamespace: deletions.deleteNamespace,
    namespaceDeletion: deletions.namespaceDeletion,
    touch: activity.touch,
    keepBusy: activity.keepBusy,
    why,
    appliedGeneration: reconciler.appliedGeneration,
    get: lookup.sandbox,
    list: (query) => store.list(query),
    listArchived: async (query) =>
      store.retention?.listArchived(query) ?? { items: [], previousCursor: null, nextCursor: null },
    getArchived: lookup.archived,
    history: lookup.history,
    historyItems: lookup.historyItems,
    watch: changeFeed.watch,
    watchAll: changeFeed.watchAll,
    position: () => store.lastSequence(),
    hasAllAfter: async (namespace, position) =>
      position >= ((await store.retention?.lastDeleted(namespace)) ?? 0),
    waitFor: (namespace, idOrName, wanted, { timeoutMs, signal }) =>
      waitFor(
        { read: (id) => lookup.sandbox(namespace, id), idOrName, wanted, timeoutMs, signal },
        changeFeed,
        clock,
      ),
    ...createUsageReader(store, clock),
    ...createHostList({
      store,
      clock,
      hostName,
      lookup,
      working: () => workingOn(reconciler.operationCounts()),
    }),
    stats: () =>
      readHostStats({
        ...{ store, clock, driverKind: driver.kind },
        ...{ operations: reconciler.operationCounts, backgroundTasks: reconciler.backgroundTasks },
        membership: membership?.stats,
      }),
    broken: ({ afterId = '', limit = 1000 } = {}) => store.broken(afterId, limit),
    absences: reconciler.absences,
    confirmAbsences: reconciler.confirmAbsences,
    identity: async () => (await store.identity?.read())?.id ?? null,
    async backup(path) {
      if (store.backup) return store.backup(path);
      throw new RuleError(
        'The store of this server makes no backups by itself. For PostgreSQL, run "sandbox-lifecycle backup postgres://… FILE.db", or pg_dump; data in memory ends with the server.',
      );
    },
    async check() {
      if (isClosed) throw new Error('The host is closed.');
      await store.lastSequence();
      const failure = timekeeper.writeFailure();
      if (failure !== null) throw new UnwritableError(failure);
    },
    close() {
      isClosed = true;
      membership?.drain();
      return shutdown.run();
    },
  };
}
