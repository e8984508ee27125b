import { randomInt } from 'node:crypto';
import type { Command, SandboxEvent } from '../machine/events.ts';
import { type PolicyInput, readTimeout } from '../machine/policy.ts';
import { createSandbox } from '../machine/transition.ts';
import { parsePolicy } from '../schema/parse.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Configuration } from './configuration.ts';
import type { Driver } from './driver/driver.ts';
import { NotFoundError, RuleError } from './errors.ts';
import { joinPlatform } from './platform.ts';
import { type ResourceRequest, resolveResources } from './resources.ts';
import { type Answer, createSteps } from './steps.ts';
import { timeoutAtOf } from './store/derived.ts';
import type { Entry, HistoryRow, ListQuery, Page, SnapshotRecord, Store } from './store/store.ts';
import { createTimeouts } from './timeouts.ts';

/** What a host stands on. */
export interface HostOptions {
  readonly store: Store;
  readonly driver: Driver;
  /** What is left out is the default. */
  readonly policy?: PolicyInput;
  readonly clock?: Clock;
  /** Told of what went wrong and will be tried again. Nothing is lost by it, but a person may want to know. */
  readonly onProblem?: (error: unknown, sandboxId: string | null) => void;
}

/** A sandbox that is asked for. `timeoutSeconds` is the wire's `timeout_secs`. */
export interface CreateRequest {
  readonly namespace: string;
  readonly name?: string | null;
  readonly timeoutSeconds?: number | undefined;
  readonly resources?: ResourceRequest | undefined;
  readonly configuration?: Partial<Omit<Configuration, 'resources'>>;
}

/** What is to be changed of a sandbox. */
export interface UpdateRequest {
  readonly name?: string | undefined;
  readonly configuration?: Partial<
    Pick<Configuration, 'allowUnauthenticatedAccess' | 'exposedPorts' | 'network'>
  >;
}

/** A command that takes no argument. */
export type PlainCommand = Exclude<Command['type'], 'rename' | 'snapshot'>;

/**
 * The durable host: every change is one transaction, timeouts fire across restarts, and platform work is carried out
 * until the record no longer asks for it. A sandbox is addressed within a namespace by its id or name, and what takes
 * one throws `NotFoundError` where there is none.
 */
export interface Host {
  /** Throws `RuleError`, `NotFoundError` (for the snapshot), `NameTakenError`. */
  create(request: CreateRequest): Promise<Entry>;
  get(namespace: string, idOrName: string): Promise<Entry>;
  /** Throws `CursorError`. */
  list(query: ListQuery): Promise<Page<Entry>>;
  /** Throws `RuleError` for a terminated sandbox or a bad name, `NameTakenError`. */
  update(namespace: string, idOrName: string, request: UpdateRequest): Promise<Entry>;
  /** A refusal is an answer, not an error. */
  send(namespace: string, idOrName: string, command: PlainCommand): Promise<Answer>;
  /** Begins a snapshot, whose id is that of the answer's record when it was applied. */
  snapshot(namespace: string, idOrName: string, type: SnapshotRecord['type']): Promise<Answer>;
  history(namespace: string, idOrName: string): Promise<readonly HistoryRow[]>;
  getSnapshot(namespace: string, id: string): Promise<SnapshotRecord>;
  listSnapshots(namespace: string): Promise<readonly SnapshotRecord[]>;
  deleteSnapshot(namespace: string, id: string): Promise<void>;
  /** Stops, and closes the driver and the store. The sandboxes stay as they are. Once is enough. */
  close(): Promise<void>;
}

/**
 * Starts a host: it takes up the duties of every record in the store. Throws a `SchemaError` for a bad policy.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver: processDriver('./data') });
 * const { sandbox } = await host.create({ namespace: 'default', name: 'my-env', timeoutSeconds: 300 });
 * await host.close();
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { store, driver, clock = systemClock } = options;
  const policy = parsePolicy(options.policy);
  const onProblem = harmless(options.onProblem);
  const steps = createSteps(store, policy, ({ after, snapshot }) => {
    platform.reconcile(after);
    timeouts.expect(timeoutAtOf(after));
    if (snapshot && snapshot.status !== 'in_progress') platform.removeSnapshots();
  });
  const timeouts = createTimeouts(store, clock, (id, event) => steps.apply(id, event), onProblem);
  const platform = joinPlatform({ store, driver, clock, steps, onProblem });
  let closed: Promise<void> | undefined;
  try {
    await platform.takeUp();
    await timeouts.start();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    async create({ namespace, name = null, timeoutSeconds, resources = {}, configuration = {} }) {
      const timeout = readTimeout(timeoutSeconds, policy);
      if ('problem' in timeout) throw new RuleError(timeout.problem);
      const snapshot =
        configuration.snapshotId == null ? undefined : await restorable(namespace, configuration.snapshotId);
      const input = { id: newId(), name, timeoutMs: timeout.timeoutMs, at: clock.now() };
      return steps.create({
        sandbox: createSandbox(input, policy).sandbox,
        namespace,
        configuration: {
          ...emptyConfiguration,
          ...configuration,
          resources: resolveResources(resources, snapshot),
        },
      });
    },
    get: find,
    list: (query) => store.list(query),
    async update(namespace, idOrName, { name, configuration = {} }) {
      const { sandbox } = await find(namespace, idOrName);
      if (name !== undefined && name !== sandbox.name) {
        const { entry, result } = await steps.apply(
          sandbox.id,
          { type: 'rename', name, at: clock.now() },
          { configuration },
        );
        if (result.refusal) throw new RuleError(result.refusal.message);
        if (result.outcome === 'applied') return entry;
      }
      return steps.configure(sandbox.id, configuration, refuseTerminated);
    },
    async send(namespace, idOrName, command) {
      const { sandbox } = await find(namespace, idOrName);
      return steps.apply(sandbox.id, { type: command, at: clock.now() });
    },
    async snapshot(namespace, idOrName, snapshotType) {
      const { sandbox } = await find(namespace, idOrName);
      const event: SandboxEvent = { type: 'snapshot', snapshotId: newId(), at: clock.now() };
      return steps.apply(sandbox.id, event, { snapshotType });
    },
    async history(namespace, idOrName) {
      const { sandbox } = await find(namespace, idOrName);
      return store.history(sandbox.id);
    },
    getSnapshot: findSnapshot,
    listSnapshots: (namespace) => store.listSnapshots(namespace),
    async deleteSnapshot(namespace, id) {
      await findSnapshot(namespace, id);
      await store.deleteSnapshot(id);
      platform.removeSnapshots();
    },
    close() {
      closed ??= close();
      return closed;
    },
  };

  async function close(): Promise<void> {
    await timeouts.close();
    await platform.close();
    await store.close();
  }

  async function find(namespace: string, idOrName: string): Promise<Entry> {
    const byId = await store.get(idOrName);
    if (byId?.namespace === namespace) return byId;
    const byName = await store.getByName(namespace, idOrName);
    if (byName === undefined) throw new NotFoundError('sandbox', idOrName);
    return byName;
  }

  async function findSnapshot(namespace: string, id: string): Promise<SnapshotRecord> {
    const snapshot = await store.getSnapshot(id);
    if (snapshot?.namespace !== namespace) throw new NotFoundError('snapshot', id);
    return snapshot;
  }

  async function restorable(namespace: string, id: string): Promise<SnapshotRecord> {
    const snapshot = await findSnapshot(namespace, id);
    if (snapshot.status === 'completed' || snapshot.status === 'local_ready') return snapshot;
    const help = snapshot.status === 'failed' ? 'take a new one' : 'try again when it is completed';
    throw new RuleError(`Cannot restore from snapshot ${id}: it is ${snapshot.status}; ${help}.`);
  }
}

/** A listener that cannot harm: what it throws would otherwise end the process from the background. */
function harmless(onProblem: HostOptions['onProblem']): NonNullable<HostOptions['onProblem']> {
  return (error, sandboxId) => {
    try {
      onProblem?.(error, sandboxId);
    } catch {
      // There is nobody left to tell.
    }
  };
}

function refuseTerminated({ sandbox }: Entry): void {
  if (sandbox.status !== 'terminated') return;
  throw new RuleError('Cannot update a terminated sandbox: terminated is final; create a new one instead.');
}

const emptyConfiguration: Omit<Configuration, 'resources'> = {
  image: null,
  secretNames: [],
  entrypoint: null,
  network: null,
  allowUnauthenticatedAccess: false,
  exposedPorts: null,
  templateId: null,
  snapshotId: null,
};

/** An id as the sources show it: 21 of `[0-9a-z]`, some 108 bits. */
function newId(): string {
  return Array.from({ length: 21 }, () => randomInt(36).toString(36)).join('');
}
