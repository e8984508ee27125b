import type { SandboxEvent } from '../model/events.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { parsePolicy } from '../schema/parse.ts';
import { systemClock } from '../utils/clock.ts';
import { createChangeFeed } from './changes/change-feed.ts';
import { waitFor } from './changes/wait-for.ts';
import { refusalOf } from './commands/apply-policy.ts';
import type { CommitResult } from './commands/commit-writer.ts';
import { createCommitter } from './commands/committer.ts';
import { createIdempotency } from './commands/idempotency.ts';
import { createLookup } from './commands/lookup.ts';
import { newId, newSandbox } from './commands/new-sandbox.ts';
import { RuleError } from './errors.ts';
import type { CommandRequest, CommandResult, Host, HostOptions, WriteOptions } from './host.ts';
import { createReconciler } from './reconciler/reconciler.ts';
import { createRetention } from './scheduler/retention.ts';
import { createTimeoutScheduler } from './scheduler/timeout-scheduler.ts';
import { timeoutAtOf } from './store/indexed-fields.ts';
import type { SandboxEntry } from './store/store.ts';
import { createReporting } from './telemetry/observation.ts';

/**
 * Starts a host: it takes up the duties of every record in the store. Throws a `SchemaError` for a bad policy.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver: processDriver('./data') });
 * const { sandbox } = await host.create({ namespace: 'default', name: 'my-env', timeoutSeconds: 300 });
 * await host.close();
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const {
    store,
    driver,
    clock = systemClock({ unref: true }),
    random = Math.random,
    createId = newId,
  } = options;
  const { driftIntervalSeconds = 60 } = options;
  const policy = parsePolicy(options.policy);
  const { observe, onProblem } = createReporting(options.observe);
  const changes = createChangeFeed(store, clock);
  const keys = createIdempotency(store, clock);
  const lookup = createLookup(store);
  const onCommit = ({ entry, row, snapshot, durationMs }: CommitResult) => {
    observe({ type: 'committed', durationMs });
    if (row) observe({ type: 'applied', row });
    if (row) changes.publish(row);
    platform.reconcile(entry);
    timeouts.expect(timeoutAtOf(entry));
    if (snapshot && snapshot.status !== 'in_progress') platform.removeSnapshots();
  };
  const steps = createCommitter(store, policy, onCommit, changes.publishUnapplied);
  const sendTimeout = async (sandboxId: string, timeoutAt: number, at: number) => {
    const who = { actor: 'clock', cause: 'deadline' };
    const { result } = await steps.apply(sandboxId, { type: 'timeout', at }, who);
    if (result.outcome === 'applied')
      observe({ type: 'timeout', sandboxId, latenessMs: clock.now() - timeoutAt });
  };
  const timeouts = createTimeoutScheduler(store, clock, sendTimeout, onProblem);
  const platform = createReconciler({
    ...{ store, driver, clock, random, driftIntervalSeconds },
    ...{ committer: steps, observe, onProblem, expectTimeouts: () => timeouts.start() },
  });
  const retention = createRetention(store, clock, onProblem);
  let closed: Promise<void> | undefined;
  try {
    await platform.start();
    await timeouts.start();
    retention.start();
  } catch (error) {
    await closeAll();
    throw error;
  }

  return {
    policy,
    create(request, write = {}) {
      const { namespace } = request;
      return keys.runOnce(
        { namespace, key: write.idempotencyKey, request: ['create', request] },
        async (keep) => {
          const made = await newSandbox(request, { id: createId(), at: clock.now(), policy, lookup });
          return steps.create(made, { ...whoOf(write), keep });
        },
      );
    },
    get: (namespace, idOrName) => lookup.sandbox(namespace, idOrName),
    list: (query) => store.list(query),
    update(namespace, idOrName, { name, configuration = {} }, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['update', idOrName, name, configuration];
      return keys.runOnce<SandboxEntry>({ namespace, key, request }, async (keep) => {
        const { sandbox } = await lookup.sandbox(namespace, idOrName);
        // Also when it has the name: it may lose it before its turn comes, and one step must do all that was asked for.
        if (name !== undefined) {
          const event = { type: 'rename', name, at: clock.now() } as const;
          const { entry, result } = await steps.apply(sandbox.id, event, {
            ...whoOf(write),
            ifVersion,
            configuration,
            keep: (answer) => (answer.result.refusal ? undefined : keep(answer.entry)),
          });
          if (result.refusal) throw new RuleError(result.refusal.message);
          return entry;
        }
        return steps.configure(sandbox.id, configuration, { check: refuseTerminated, ifVersion, keep });
      });
    },
    async send(namespace, idOrName, command, write = {}) {
      const { ifVersion, idempotencyKey: key } = write;
      const request = ['send', idOrName, command];
      const answer = await keys.runOnce<CommandResult>({ namespace, key, request }, async (keep) => {
        const { sandbox } = await lookup.sandbox(namespace, idOrName);
        const { actor, cause } = whoOf(write);
        const snapshotType = command.type === 'snapshot' ? command.snapshotType : undefined;
        return steps.apply(sandbox.id, eventOf(command), { actor, cause, ifVersion, keep, snapshotType });
      });
      const { entry, result } = answer;
      if (result.refusal) {
        const { code } = result.refusal;
        observe({ type: 'refused', namespace, sandboxId: entry.sandbox.id, command: command.type, code });
      }
      return answer;
    },
    why: (sandbox, command) => refusalOf(sandbox, command, policy),
    touch(sandbox) {
      if (!isActivity(sandbox, clock.now())) return;
      const event = { type: 'keepalive', at: clock.now() } as const;
      steps
        .apply(sandbox.id, event, { actor: 'user', cause: 'activity' })
        .catch((error: unknown) => onProblem(error, sandbox.id));
    },
    async history(namespace, idOrName, { afterVersion = 0, limit = 1000 } = {}) {
      const { sandbox } = await lookup.sandbox(namespace, idOrName);
      return store.history({ sandboxId: sandbox.id, after: 0, afterVersion, limit });
    },
    watch: (query) => changes.watch(query),
    watchAll: (query) => changes.watchAll(query),
    position: () => store.lastSequence(),
    waitFor: (namespace, idOrName, wanted, { timeoutMs, signal }) =>
      waitFor({ read: () => lookup.sandbox(namespace, idOrName), wanted, timeoutMs, signal }, changes, clock),
    getSnapshot: lookup.snapshot,
    listSnapshots: (namespace) => store.listSnapshots(namespace),
    async deleteSnapshot(namespace, id, { idempotencyKey: key } = {}) {
      await keys.runOnce<null>({ namespace, key, request: ['deleteSnapshot', id] }, async (keep) => {
        await lookup.snapshot(namespace, id);
        const answer = keep(null);
        await store.commit({ deletedSnapshot: id, ...(answer && { response: answer }) });
        return null;
      });
      platform.removeSnapshots();
    },
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
    changes.close();
    retention.close();
    await timeouts.close();
    await platform.close();
    await store.close();
  }

  function eventOf(command: CommandRequest): SandboxEvent {
    const at = clock.now();
    switch (command.type) {
      case 'snapshot':
        return { type: 'snapshot', snapshotId: createId(), at };
      case 'rename':
        return { type: 'rename', name: command.name, at };
      default:
        return { type: command.type, at };
    }
  }

  /** Whether a request counts: with each one a record, busy sandboxes would do nothing but count them. */
  function isActivity({ timeoutMs, expiresAt }: Sandbox, now: number): boolean {
    if (policy.timeoutMeasures !== 'idle' || timeoutMs === null || expiresAt === null) return false;
    return now + timeoutMs - expiresAt >= Math.min(1_000, timeoutMs / 10);
  }
}

function whoOf({ actor = 'user', cause = 'request' }: WriteOptions): { actor: string; cause: string } {
  return { actor, cause };
}

function refuseTerminated({ sandbox }: SandboxEntry): void {
  if (sandbox.status !== 'terminated') return;
  throw new RuleError('Cannot update a terminated sandbox: terminated is final; create a new one instead.');
}
