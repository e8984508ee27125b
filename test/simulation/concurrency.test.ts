import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSandbox, defaultPolicy, transition } from '../../src/index.ts';
import { createCommitter } from '../../src/server/commands/committer.ts';
import { defaultConfiguration } from '../../src/server/configuration.ts';
import { createHost } from '../../src/server/create-host.ts';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { VersionError } from '../../src/server/errors.ts';
import type { CommandRequest, CommandResult, Host, WriteOptions } from '../../src/server/host.ts';
import { NameTakenError } from '../../src/server/store/errors.ts';
import { memoryStore } from '../../src/server/store/memory.ts';
import type { SandboxEntry } from '../../src/server/store/records.ts';
import type { Store } from '../../src/server/store/store.ts';
import { virtualClock } from '../harness/server/virtual-clock.ts';
import { createCounters } from '../harness/shared/counters.ts';
import { createInvariants } from '../harness/simulation/invariants.ts';
import { scheduledStore } from '../harness/simulation/scheduled-store.ts';
import { oracle } from '../oracle.ts';

const namespace = 'default';
const seed = 20_261_122;
const numRuns = 150;

/** A host whose store calls run in the order of a scheduler. */
interface Race {
  readonly host: Host;
  readonly disk: Store;
  /** Starts all calls at once. They complete in the order that the scheduler draws. */
  readonly all: <Result>(
    calls: readonly (() => Promise<Result>)[],
  ) => Promise<PromiseSettledResult<Result>[]>;
}

/** Runs a check of concurrent calls in many orders. The invariants check each commit. */
async function race(check: (race: Race) => Promise<void>): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    let violation: unknown;
    const audit = createInvariants(
      createCounters(),
      () => {},
      (error) => {
        violation ??= error;
      },
    );
    const disk = audit.watch(memoryStore());
    const clock = virtualClock();
    const host = await scheduler.waitFor(
      createHost({
        store: scheduledStore(disk, scheduler),
        driver: simulatedDriver({ clock }),
        clock,
        random: () => 0,
      }),
    );
    const all: Race['all'] = (calls) => scheduler.waitFor(Promise.allSettled(calls.map((call) => call())));
    await check({ host, disk, all });
    if (violation !== undefined) throw violation;
  });
  await fc.assert(property, { seed, numRuns });
}

/** Creates a sandbox and waits until it is running. Returns its id. */
async function running({ host, all, disk }: Race, name: string | null): Promise<string> {
  const [made] = await all([() => host.create({ namespace, name })]);
  const { sandbox } = (made as PromiseFulfilledResult<SandboxEntry>).value;
  await all([() => host.waitFor(namespace, sandbox.id, ['running'], { timeoutMs: 1_000 })]);
  expect((await disk.get(sandbox.id))?.sandbox.status).toBe('running');
  return sandbox.id;
}

/** Calls back in a microtask. */
function atOnce(_: number, callback: () => void): () => void {
  queueMicrotask(callback);
  return () => {};
}

const fulfilled = <Result>(results: readonly PromiseSettledResult<Result>[]) =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
const rejected = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));

describe('in any order of store calls', () => {
  test('the history explains every response to commands that race for one sandbox', async () => {
    const commands: CommandRequest[] = [
      { type: 'suspend' },
      { type: 'suspend' },
      { type: 'resume' },
      { type: 'snapshot' },
      { type: 'rename', name: 'grace' },
      { type: 'terminate' },
    ];
    await race(async (parts) => {
      const { host, all, disk } = parts;
      const id = await running(parts, 'ada');
      const answers = await all(commands.map((command) => () => host.send(namespace, id, command)));
      const rows = await disk.history({ after: 0, sandboxId: id, limit: 1_000 });
      const applied = fulfilled(answers).filter(({ result }) => result.outcome === 'applied');
      expect(new Set(applied.map(({ entry }) => entry.sandbox.version)).size).toBe(applied.length);
      for (const [index, answer] of answers.entries()) {
        const command = commands[index];
        if (answer.status === 'rejected') throw answer.reason;
        const { entry, result } = answer.value;
        const row = rows[entry.sandbox.version - 1];
        expect(row?.sandbox).toEqual(entry.sandbox);
        if (result.outcome === 'applied') expect(row?.event.type).toBe(command?.type);
        else
          expect(result.outcome).toBe(oracle(entry.sandbox, { snapshotId: 's', ...command, at: 0 }).outcome);
      }
      // Terminate is legal in every other status, so it is applied exactly once.
      expect(rows.filter(({ event }) => event.type === 'terminate')).toHaveLength(1);
    });
  });

  test('of commands for the same version, one is applied and the others are rejected with a VersionError', async () => {
    await race(async (parts) => {
      const { host, all } = parts;
      const id = await running(parts, 'ada');
      const { version } = (await parts.disk.get(id))?.sandbox ?? {};
      const names = ['b', 'c', 'd', 'e'];
      const answers = await all(
        names.map((name) => () => host.send(namespace, id, { type: 'rename', name }, { ifVersion: version })),
      );
      expect(fulfilled(answers)).toHaveLength(1);
      expect(rejected(answers).every((error) => error instanceof VersionError)).toBe(true);
    });
  });

  test('no update of the configuration is lost', async () => {
    await race(async (parts) => {
      const { host, all, disk } = parts;
      const id = await running(parts, 'ada');
      await all<unknown>([
        () => host.update(namespace, id, { configuration: { exposedPorts: [3_000] } }),
        () => host.update(namespace, id, { configuration: { allowUnauthenticatedAccess: true } }),
        () => host.update(namespace, id, { name: 'grace' }),
        () => host.send(namespace, id, { type: 'suspend' }),
      ]);
      const entry = await disk.get(id);
      expect(entry?.configuration).toMatchObject({ exposedPorts: [3_000], allowUnauthenticatedAccess: true });
      expect(entry?.sandbox.name).toBe('grace');
    });
  });

  test('of requests that race for a name, one gets it', async () => {
    await race(async (parts) => {
      const { host, all, disk } = parts;
      const id = await running(parts, 'ada');
      const made = await all<unknown>([
        () => host.create({ namespace, name: 'grace' }),
        () => host.create({ namespace, name: 'grace' }),
        () => host.create({ namespace: 'elsewhere', name: 'grace' }),
        () => host.send(namespace, id, { type: 'rename', name: 'grace' }),
      ]);
      expect(fulfilled(made)).toHaveLength(2);
      expect(rejected(made).every((error) => error instanceof NameTakenError)).toBe(true);
      const { items } = await disk.list({ namespace, limit: 10 });
      expect(items.filter(({ sandbox }) => sandbox.name === 'grace')).toHaveLength(1);
    });
  });

  test('requests with the same idempotency key run once and get the same response', async () => {
    await race(async (parts) => {
      const { host, all, disk } = parts;
      const write: WriteOptions = { idempotencyKey: 'one' };
      const made = fulfilled(await all([1, 2, 3].map(() => () => host.create({ namespace }, write))));
      expect(new Set(made.map(({ sandbox }) => sandbox.id)).size).toBe(1);
      expect(made).toHaveLength(3);
      const id = made[0]?.sandbox.id ?? '';
      const sent = fulfilled(
        await all(
          [1, 2, 3].map(
            () => () => host.send(namespace, id, { type: 'terminate' }, { idempotencyKey: 'two' }),
          ),
        ),
      );
      expect(sent.map(({ result }) => result.outcome)).toEqual(['applied', 'applied', 'applied']);
      const rows = await disk.history({ after: 0, sandboxId: id, limit: 100 });
      expect(rows.filter(({ event }) => event.type === 'terminate')).toHaveLength(1);
    });
  });
});

describe('two hosts that write to one store', () => {
  const sandbox = createSandbox({ id: 'one', name: 'ada', timeoutMs: null, at: 0 }).sandbox;
  const booted = transition(sandbox, { type: 'boot.completed', operation: 1, at: 1 }).sandbox;
  const before: SandboxEntry = {
    sandbox: booted,
    namespace,
    configuration: defaultConfiguration,
    released: false,
    revision: 1,
  };

  /** Pauses take no time: the scheduler draws the order. */
  const timing = { clock: { now: () => 0, wake: atOnce }, random: () => 0 };

  /** Renames through two committers that do not know each other. Every acknowledged rename must be in the history. */
  async function twoWriters(wrap: (store: Store) => Store): Promise<void> {
    const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const disk = memoryStore();
      await disk.commit({ change: { before: null, after: before } });
      const store = scheduledStore(wrap(disk), scheduler);
      const writers = [1, 2].map(() =>
        createCommitter(store, defaultPolicy, () => {}, undefined, {}, timing),
      );
      const rename = (name: string) => ({ type: 'rename', name, at: 2 }) as const;
      const answers: Promise<CommandResult>[] = writers.flatMap((committer, writer) =>
        [1, 2].map((turn) =>
          committer.apply('one', rename(`${writer}-${turn}`), { actor: 'user', cause: 'race' }),
        ),
      );
      await scheduler.waitFor(Promise.all(answers));
      expect((await disk.get('one'))?.sandbox.version).toBe(booted.version + answers.length);
      const rows = await disk.history({ after: 0, limit: 100 });
      expect(rows.map(({ version }) => version)).toEqual([3, 4, 5, 6]);
    });
    await fc.assert(property, { seed, numRuns });
  }

  test('lose no update', () => twoWriters((store) => store));

  test('lose updates when the store does not compare before it swaps', async () => {
    const careless = (store: Store): Store => ({
      ...store,
      async commit({ change, ...rest }) {
        if (change === undefined) return store.commit(rest);
        const now = (await store.get(change.after.sandbox.id)) ?? null;
        return store.commit({ ...rest, change: { ...change, before: now } });
      },
    });
    await expect(twoWriters(careless)).rejects.toThrow(/Property failed/);
  });
});
