import { expect, test } from 'vitest';
import { DriverError } from '../../../../src/server/driver/driver.ts';
import { NotFoundError } from '../../../../src/server/errors.ts';
import {
  createHost,
  type Driver,
  type Host,
  NameTakenError,
  type Store,
  VersionError,
} from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import {
  type HostConformanceOptions,
  type HostSetup,
  hostConformance,
} from '../../../../src/testing/index.ts';
import { hostsOn } from '../../../harness/server/hosts-under-test.ts';

/** Starts a host with one fault. `count` is the number of hosts that the check started before it. */
type Fault = (setup: HostSetup, store: Store, count: number) => Promise<Host>;

/** A right host with other methods. */
const host =
  (spoil: (host: Host, count: number) => Partial<Host>): Fault =>
  async (setup, store, count) => {
    const right = await createHost({ ...setup, store });
    return { ...right, ...spoil(right, count) };
  };

/** A right host whose calls of the driver are changed. */
const driver =
  (spoil: (driver: Driver, count: number) => Partial<Driver>): Fault =>
  async (setup, store, count) =>
    createHost({ ...setup, store, driver: { ...setup.driver, ...spoil(setup.driver, count) } });

/** A right host on a store with other methods. */
const store =
  (spoil: (store: Store, count: number) => Partial<Store>): Fault =>
  async (setup, right, count) =>
    createHost({ ...setup, store: { ...right, ...spoil(right, count) } });

/** Fires a second before each instant. */
const early: Fault = async (setup, right) => {
  const { clock } = setup;
  return createHost({
    ...setup,
    store: right,
    ...(clock && { clock: { ...clock, now: () => clock.now() + 1_000 } }),
  });
};

const isNamed = (name: string | null | undefined): name is string => typeof name === 'string';
const deaf = new AbortController().signal;
const forever = new Promise<never>(() => {});

/** Ignores the requests with a key that it has answered. */
const keysInMemory = (right: Host, isGlobal = false): Partial<Host> => {
  const answers = new Map<string, Awaited<ReturnType<Host['create']>>>();
  return {
    async create(request, { idempotencyKey: key, ...write } = {}) {
      const place = isGlobal ? `${key}` : JSON.stringify([request, key]);
      const answer = key === undefined ? undefined : answers.get(place);
      if (answer) return answer;
      const created = await right.create(request, write);
      answers.set(place, created);
      return created;
    },
  };
};

/** Ends each wait after the first look at a status that is reached, and looks rarely. */
const rareLooks: Fault = host((right) => ({
  async waitFor(namespace, id, wanted) {
    for (let look = 0; ; look++) {
      const entry = await right.get(namespace, id);
      if (look > 200) return { outcome: 'timed_out', reason: null, entry };
      if (wanted.includes(entry.sandbox.status)) return { outcome: 'reached', reason: null, entry };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
}));

/** Hosts that each have one fault, by the check that must find it. */
const wrong: Readonly<Record<string, readonly Fault[]>> = {
  'has every method, except those that the options say it lacks': [
    host(() => ({ list: undefined as unknown as Host['list'] })),
  ],
  'creates a pending sandbox at version 1, and finds it by id and by name in its own namespace': [
    host((right) => ({ get: (_, id) => right.get('default', id) })),
    host((right) => ({
      async get(namespace, id) {
        const entry = await right.get(namespace, id);
        if (entry.sandbox.id !== id) throw new NotFoundError('sandbox', id);
        return entry;
      },
    })),
    host((right) => ({ create: (request) => right.create({ ...request, timeoutSeconds: undefined }) })),
    host((right) => ({ send: (_, id, command) => right.send('default', id, command) })),
  ],
  'returns the outcome and the refusal of the machine for each command in each status': [
    host((right) => ({
      async send(...request) {
        const sent = await right.send(...request);
        const { refusal } = sent.result;
        return refusal
          ? { ...sent, result: { ...sent.result, refusal: { ...refusal, code: 'busy' } } }
          : sent;
      },
    })),
    // Suspends whatever has no name too: it gives it one.
    host((right) => ({
      async send(namespace, id, command, write) {
        const { sandbox } = await right.get(namespace, id);
        if (command.type === 'suspend' && sandbox.name === null && sandbox.status === 'running')
          await right.send(namespace, id, { type: 'rename', name: `name-of-${id}` });
        return right.send(namespace, id, command, write);
      },
    })),
    // Throws where the machine refuses.
    host((right) => ({
      async send(...request) {
        const sent = await right.send(...request);
        if (sent.result.refusal) throw new Error(sent.result.refusal.message);
        return sent;
      },
    })),
  ],
  'leaves the record, the history and the platform alone when a command is refused or has nothing to do': [
    host((right) => ({
      async send(...request) {
        const sent = await right.send(...request);
        if (sent.result.outcome !== 'applied')
          await right.send(request[0], request[1], { type: 'setTimeouts', timeoutSeconds: 700 });
        return sent;
      },
    })),
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      return {
        ...host,
        async send(...request) {
          const { entry } = await host.send(...request);
          const job = { sandboxId: entry.sandbox.id, operation: 0, signal: deaf };
          await setup.driver.release(job);
          return host.send(...request);
        },
      };
    },
  ],
  'applies every one of many commands that arrive at once, and counts the version once for each': [
    host((right) => {
      let inProgress: ReturnType<Host['send']> | undefined;
      return {
        send(...request) {
          inProgress ??= right.send(...request).finally(() => {
            inProgress = undefined;
          });
          return inProgress;
        },
      };
    }),
  ],
  'rejects a command for another version, and changes nothing': [
    host((right) => ({
      send: (namespace, id, command, { ifVersion: _, ...write } = {}) =>
        right.send(namespace, id, command, write),
    })),
  ],
  'lets one of many commands for the same version win': [
    // Compares before the commit, and not in it.
    host((right) => ({
      async send(namespace, id, command, { ifVersion, ...write } = {}) {
        const { version } = (await right.get(namespace, id)).sandbox;
        if (ifVersion !== undefined && ifVersion !== version) throw new VersionError(ifVersion, version);
        return right.send(namespace, id, command, write);
      },
    })),
  ],
  'rejects a command by name when the name belongs to another sandbox by now': [
    host((right) => ({
      send: (namespace, id, command, { ifSandbox: _, ...write } = {}) =>
        right.send(namespace, id, command, write),
    })),
  ],
  'gives a name to one of many creations at once, and boots only that sandbox': [
    host((right) => ({
      create: (request, write) =>
        right.create(request, write).catch(() => right.create({ ...request, name: null }, write)),
    })),
    // Boots before it has the name.
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      return {
        ...host,
        async create(request, write) {
          try {
            return await host.create(request, write);
          } catch (error) {
            await host.create({ ...request, name: null }, write);
            throw error;
          }
        },
      };
    },
  ],
  'frees the name of a sandbox that is renamed or terminated, and rejects one that is taken': [
    host((right) => {
      const used = new Set<string>();
      return {
        async create(request, write) {
          if (isNamed(request.name) && used.has(request.name)) throw new NameTakenError(request.name);
          if (isNamed(request.name)) used.add(request.name);
          return right.create(request, write);
        },
      };
    }),
    host((right) => ({
      send: (namespace, id, command, write) =>
        right.send(namespace, id, command, write).catch((error) => {
          if (!(error instanceof NameTakenError)) throw error;
          return right.send(namespace, id, { type: 'resume' }, write);
        }),
    })),
  ],
  'answers a repeated request under one key as the first one, and runs it once': [
    host((right) => ({ create: (request) => right.create(request) })),
    host((right) => ({ send: (namespace, id, command) => right.send(namespace, id, command) })),
  ],
  'runs many requests under one key at once as one': [host((right) => keysInMemory(right))],
  'rejects another request under a used key, and separates the keys of namespaces': [
    host((right) => keysInMemory(right)),
    host((right) => keysInMemory(right, true)),
    host((right) => ({
      create: (request, write = {}) =>
        right.create(request, { ...write, idempotencyKey: `${write.idempotencyKey}${request.name}` }),
    })),
  ],
  'answers a repeated request under one key as the first one after a crash': [
    host((right) => keysInMemory(right)),
  ],
  'calls the driver once for each operation of a life, in order, and releases at the end': [
    driver((right) => ({ suspend: (job) => right.suspend(job).then(() => right.suspend(job)) })),
    driver(() => ({ release: async () => {} })),
    host((right) => ({
      get: async (...request) => ({ ...(await right.get(...request)), released: true }),
    })),
  ],
  'repeats a call that failed for the moment, under the same id, until it succeeds': [
    driver((right) => ({
      boot: (job) =>
        right.boot(job).catch((error) => {
          throw new DriverError(String(error), { retryable: false });
        }),
    })),
    driver((right) => ({ boot: (job) => right.boot(job).catch(() => {}) })),
  ],
  'ends an operation that failed for good at once, with the reason of the driver': [
    driver((right) => ({
      suspend: (job) =>
        right.suspend(job).catch(() => {
          throw new DriverError('It failed.', { retryable: false });
        }),
    })),
    driver((right) => ({
      boot: (job) =>
        right.boot(job).catch((error) => {
          throw new DriverError(error.message, { retryable: true });
        }),
    })),
  ],
  'terminates at once while an operation is in progress: aborts its call, and releases': [
    driver((right) => ({ boot: (job) => right.boot({ ...job, signal: deaf }) })),
    // Waits for the operation first.
    host((right) => ({
      async send(namespace, id, ...request) {
        for (let look = 0; look < 600 && (await right.get(namespace, id)).sandbox.operation; look++)
          await new Promise((resolve) => setTimeout(resolve, 5));
        return right.send(namespace, id, ...request);
      },
    })),
  ],
  'ignores the late result of an operation that is void, and leaves nothing on the platform': [
    driver(() => ({ release: async () => {} })),
    async (setup, right) => {
      let hasBooted = false;
      const boot: Driver['boot'] = async (job) => {
        await setup.driver.boot(job);
        hasBooted = true;
      };
      const host = await createHost({ ...setup, driver: { ...setup.driver, boot }, store: right });
      return {
        ...host,
        async get(...request) {
          const entry = await host.get(...request);
          return hasBooted ? { ...entry, sandbox: { ...entry.sandbox, status: 'running' } } : entry;
        },
      };
    },
  ],
  'records a reported crash of the present incarnation, and ignores that of an earlier one': [
    driver((right) => ({ watch: (onEnd) => right.watch((end) => onEnd({ ...end, incarnation: 3 })) })),
    driver(() => ({ watch: () => () => {} })),
  ],
  'counts a generation for each change of the configuration, and brings the platform the newest': [
    driver(() => ({ configure: async () => {} })),
    host((right) => ({
      async get(...request) {
        const entry = await right.get(...request);
        return { ...entry, sandbox: { ...entry.sandbox, generation: 1 } };
      },
    })),
  ],
  'applies all changes of an update in one commit, or none': [
    host((right) => ({
      async update(namespace, id, { name, ...changes }, write) {
        await right.update(namespace, id, changes, write);
        return right.update(namespace, id, name === undefined ? {} : { name }, write);
      },
    })),
  ],
  'suspends a named sandbox when its run limit expires: once, and never early': [
    early,
    host((right) => ({
      async history(...request) {
        const rows = await right.history(...request);
        return rows.flatMap((row) => (row.event.type === 'timeout' ? [row, row] : [row]));
      },
    })),
    store(() => ({ due: async () => [] })),
  ],
  'terminates a nameless sandbox when its run limit expires: once, and never early': [early],
  'counts a run limit that was changed from the change': [
    early,
    host((right) => ({
      async send(namespace, id, command, write) {
        const { entry } = await right.send(namespace, id, command, write);
        const at = Number(entry.sandbox.expiresAt) + 1;
        // Forgets what it has answered.
        await right.send(namespace, id, { type: 'setTimeouts', timeoutSeconds: 2 });
        return right.send(namespace, id, { type: 'resume' }).then((sent) => ({
          ...sent,
          result: { ...sent.result, sandbox: { ...sent.result.sandbox, expiresAt: at } },
        }));
      },
    })),
  ],
  'keeps a sandbox that runs under an idle limit as long as it is used': [
    early,
    host((right) => ({
      send: (namespace, id, command, write) =>
        right.send(namespace, id, command.type === 'keepalive' ? { type: 'resume' } : command, write),
    })),
  ],
  'discards a suspended sandbox when its suspended limit expires: once, and never early': [
    early,
    host((right) => ({
      create: ({ suspendedTimeoutSeconds: _, ...request }, write) => right.create(request, write),
    })),
  ],
  'ends an operation at its deadline and not before, and aborts its call': [
    early,
    driver((right) => ({ suspend: (job) => right.suspend({ ...job, signal: deaf }) })),
    async (setup, right) => createHost({ ...setup, policy: {}, store: right }),
  ],
  'has a history without gaps that folds to the record, and names the actor and the cause': [
    host((right) => ({
      history: async (...request) => (await right.history(...request)).filter(({ version }) => version !== 3),
    })),
    host((right) => ({ send: (namespace, id, command) => right.send(namespace, id, command) })),
    host((right) => ({
      history: async (...request) =>
        (await right.history(...request)).map((row) =>
          row.version === 4 ? { ...row, sandbox: { ...row.sandbox, name: 'other' } } : row,
        ),
    })),
  ],
  'returns the history in parts, after a version and up to a limit': [
    host((right) => ({
      history: (namespace, id, { limit: _, ...part } = {}) => right.history(namespace, id, part),
    })),
    host((right) => ({
      history: (namespace, id, { afterVersion: _, ...part } = {}) => right.history(namespace, id, part),
    })),
  ],
  'yields every change once and in order while many commands are applied': [
    host((right) => ({
      async *watch(query) {
        let count = 0;
        for await (const row of right.watch(query)) if (++count % 5 !== 0) yield row;
      },
    })),
    host((right) => ({
      async *watch(query) {
        for await (const row of right.watch(query)) yield* [row, row];
      },
    })),
    // Numbers rows before the commit.
    host((right) => ({
      async *watch(query) {
        for await (const row of right.watch(query))
          yield row.sequence % 4 === 0 ? { ...row, sequence: row.sequence - 3 } : row;
      },
    })),
    host((right) => ({ watch: ({ after: _, ...query }) => right.watch({ ...query, after: 0 }) })),
    host((right) => ({ watch: ({ signal: _, ...query }) => right.watch({ ...query, signal: deaf }) })),
  ],
  'limits a watch to its namespace and its sandbox, and starts now by default': [
    host((right) => ({ watch: ({ sandboxId: _, ...query }) => right.watch(query) })),
    host((right) => ({ watch: ({ after = 0, ...query }) => right.watch({ ...query, after }) })),
  ],
  'yields the changes of before and after a crash to a reader that goes on from its position': [
    // Keeps the changes in the memory of the host.
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      const begin = await host.position();
      return {
        ...host,
        watch: ({ after = begin, ...query }) => host.watch({ ...query, after: Math.max(after, begin) }),
      };
    },
  ],
  'lists each sandbox of the namespace once, in pages, and those of a status or a name': [
    host((right) => ({ list: ({ statuses: _, ...query }) => right.list(query) })),
    host((right) => ({ list: ({ name: _, ...query }) => right.list(query) })),
    host((right) => ({ list: ({ cursor: _, ...query }) => right.list(query) })),
    host((right) => ({ list: (query) => right.list({ ...query, limit: 100 }) })),
    host((right) => ({
      list: async (query) => ({ ...(await right.list(query)), nextCursor: null }),
    })),
  ],
  'lists a sandbox as its last command left it': [
    host((right) => {
      let last: ReturnType<Host['list']> | undefined;
      return {
        list(query) {
          const earlier = last ?? right.list(query);
          last = right.list(query);
          return earlier;
        },
      };
    }),
  ],
  'ends a wait when a status is reached, also for a moment, and follows the sandbox and not its name': [
    rareLooks,
    host(() => ({ waitFor: () => forever })),
  ],
  'ends a wait that cannot be fulfilled, or whose operation failed, at once and with the reason': [
    rareLooks,
    host((right) => ({
      async waitFor(...request) {
        return { ...(await right.waitFor(...request)), reason: null };
      },
    })),
  ],
  'ends a wait when its time has passed, and not before': [
    host((right) => ({
      waitFor: (namespace, id, wanted, { timeoutMs, ...rest }) =>
        right.waitFor(namespace, id, wanted, { ...rest, timeoutMs: timeoutMs / 2 }),
    })),
    host((right) => ({
      waitFor: (namespace, id, wanted, options) =>
        right.waitFor(namespace, id, wanted, { ...options, timeoutMs: options.timeoutMs * 9 }),
    })),
  ],
  'takes a snapshot, lists it, and creates a sandbox from it once it is completed': [
    host((right) => ({ getSnapshot: (_, id) => right.getSnapshot('default', id) })),
    host((right) => ({
      create: ({ configuration: _, ...request }, write) => right.create(request, write),
    })),
    driver((right) => ({ boot: (job) => right.boot({ ...job, snapshotId: null }) })),
    host(() => ({ listSnapshots: async () => ({ items: [], previousCursor: null, nextCursor: null }) })),
  ],
  'records a capture that failed, with the reason, and lets the sandbox run on': [
    host((right) => ({
      getSnapshot: async (...request) => ({ ...(await right.getSnapshot(...request)), error: null }),
    })),
  ],
  'hides a deleted snapshot at once, and keeps its data while a boot reads it': [
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      return {
        ...host,
        async deleteSnapshot(namespace, id) {
          await host.deleteSnapshot(namespace, id);
          await setup.driver.deleteSnapshot(id);
        },
      };
    },
    driver(() => ({ deleteSnapshot: async () => {} })),
    host(() => ({ deleteSnapshot: async () => {} })),
  ],
  'has every answered command after a crash, and the names': [
    // Answers before it writes.
    (setup, right) => {
      let isLost = false;
      return store(({ commit }) => ({
        async commit(one) {
          const type = one.change && 'history' in one.change ? one.change.history?.event.type : undefined;
          if (type === 'setTimeouts') isLost = true;
          return isLost ? { sequence: 99 } : commit(one);
        },
      }))(setup, right, 0);
    },
    host((right, count) => ({
      history: async (...request) => (count === 0 ? right.history(...request) : []),
    })),
  ],
  'continues an operation after a crash, under the same id': [
    driver((right, count) => ({ boot: (job) => (count === 0 ? right.boot(job) : forever) })),
    driver((right) => ({ boot: (job) => right.boot({ ...job, operation: job.operation + 1 }) })),
  ],
  'releases a sandbox after a crash during its release': [
    driver((right, count) => ({
      release: async (job) => (count === 0 ? right.release(job) : undefined),
    })),
  ],
  'fires a run limit that passed while no host ran, once': [
    store((right, count) => ({ due: async (...query) => (count === 0 ? right.due(...query) : []) })),
  ],
  'shows a command through one host to every other at once': [
    // Each host has a cache of the records.
    host((right) => {
      const cache = new Map<string, Awaited<ReturnType<Host['get']>>>();
      return {
        async get(namespace, id) {
          const entry = await right.get(namespace, id);
          const known = cache.get(entry.sandbox.id) ?? entry;
          if (entry.sandbox.status === 'running') cache.set(entry.sandbox.id, known);
          return known;
        },
      };
    }),
  ],
  'applies every command that arrives through several hosts at once, and gives a name once': [
    // The second host sends commands of the same time once.
    host((right, count) => {
      let inProgress: ReturnType<Host['send']> | undefined;
      return {
        send(...request) {
          if (count === 0) return right.send(...request);
          inProgress ??= right.send(...request);
          return inProgress;
        },
      };
    }),
    host((right) => ({
      create: (request, write) =>
        right.create(request, write).catch(() => right.create({ ...request, name: null }, write)),
    })),
  ],
  'carries out each operation once, whichever host gets the command': [
    driver((right, count) => ({
      suspend: async (job) => {
        await right.suspend(job);
        if (count === 1) await right.suspend(job);
      },
    })),
  ],
  'leaves the sandboxes as they are when it closes, and closes its driver once': [
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      return {
        ...host,
        async close() {
          const { items } = await host.list({ namespace: 'default', limit: 9 });
          for (const { sandbox } of items)
            await setup.driver.release({ sandboxId: sandbox.id, operation: 9, signal: deaf });
          await host.close();
        },
      };
    },
    async (setup, right) => {
      const host = await createHost({ ...setup, store: right });
      return { ...host, close: () => host.close().then(() => setup.driver.close()) };
    },
    host(() => ({ close: async () => {} })),
  ],
  'ends waits and watches when it closes': [
    host(() => ({ waitFor: () => forever })),
    host(() => ({
      // biome-ignore lint/correctness/useYield: it never yields.
      async *watch() {
        await forever;
      },
    })),
  ],
};

/** The options of hosts with this fault: on a store of one host, or on one that several share. */
function optionsWith(fault: Fault, isShared: boolean): HostConformanceOptions<Host> {
  let count = 0;
  const one = { open: () => memoryStore() };
  const several = {
    open: ({ clock }: HostSetup) => sharedMemoryStore(clock && { clock }),
    another: (store: Store) => (store as SharedMemoryStore).another(),
  };
  const hosts = hostsOn(isShared ? several : one, (setup, store) => fault(setup, store, count++));
  return { ...hosts, limitMs: 2_000 };
}

const right: Fault = (setup, store) => createHost({ ...setup, store });
const all = hostConformance(optionsWith(right, true)).map(({ name }) => name);
const ofOneHost = hostConformance(optionsWith(right, false)).filter(({ skipped }) => skipped === undefined);

/** The failure of one check. */
async function failureOf(name: string, options: HostConformanceOptions<Host>): Promise<unknown> {
  const check = hostConformance(options).find((one) => one.name === name);
  return check?.run().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('every check has a host that fails it', () => {
  expect(Object.keys(wrong).sort()).toEqual([...all].sort());
});

test.each(Object.entries(wrong))('%s: finds the faulty host', async (name, faults) => {
  const isShared = !ofOneHost.some((check) => check.name === name);
  for (const [index, fault] of faults.entries())
    expect(await failureOf(name, optionsWith(fault, isShared)), `host ${index}`).toBeInstanceOf(Error);
});

test('a part that the options declare as lacking, and that is there, is found', async () => {
  const name = 'has every method, except those that the options say it lacks';
  const options = { ...optionsWith(right, false), lacks: { list: 'the engine has no index' } };
  const failure = await failureOf(name, options);
  expect(String(failure)).toMatch('The host has the method list, so the option lacks must not name it.');
});
