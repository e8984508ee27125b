import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, defaultPolicy, type Sandbox, transition } from '../../src/index.ts';
import { eventTypes } from '../../src/model/events.ts';
import { createHost } from '../../src/server/create-host.ts';
import { type BootJob, DriverError, type Job } from '../../src/server/driver/driver.ts';
import { RuleError } from '../../src/server/errors.ts';
import type { CommandRequest } from '../../src/server/host.ts';
import { checkHistory, foldHistory } from '../../src/server/store/check-history.ts';
import { memoryStore } from '../../src/server/store/memory.ts';
import type { HistoryRow, SandboxEntry } from '../../src/server/store/records.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';
import type { Store } from '../../src/server/store/store.ts';
import { sandboxEvents } from '../../src/testing/sandbox-events.ts';
import { check, fixedSeed } from '../harness/check.ts';
import { fail, fakeDriver, hang, succeed } from '../harness/server/fake-driver.ts';
import { virtualClock } from '../harness/server/virtual-clock.ts';

const { FAST_CHECK_SEED: givenSeed, FAST_CHECK_PATH: path } = process.env;
const seeds =
  givenSeed === undefined ? [fixedSeed, Date.now() ^ (Math.random() * 2 ** 31)] : [Number(givenSeed)];

let folder: string;
let opened = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const outcomes = {
  succeed,
  progress: async (job: Job) => {
    if ('progress' in job) (job as BootJob).progress('no_resources_available');
    return undefined;
  },
  busy: fail(new Error('busy')),
  fail: fail(new DriverError('The operation failed.', { retryable: false })),
  hang,
};

/** New limits in seconds. Null removes one. */
const newLimits = {
  timeoutSeconds: fc.option(fc.integer({ min: 0, max: 9 })),
  idleTimeoutSeconds: fc.option(fc.integer({ min: 1, max: 9 })),
  suspendedTimeoutSeconds: fc.option(fc.integer({ min: 1, max: 9 })),
};

/** An action of a user, of the platform or of the clock, sequential or concurrent. */
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom<CommandRequest['type']>(
        'suspend',
        'resume',
        'snapshot',
        'rename',
        'keepalive',
        'setTimeouts',
        'configure',
      ),
      to: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('update'),
      to: fc.nat(3),
      isRenamed: fc.boolean(),
      limits: fc.option(fc.record(newLimits, { requiredKeys: [] })),
      port: fc.option(fc.integer({ min: 1_024, max: 1_030 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('terminate', 'crash'), to: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('create'),
      named: fc.boolean(),
      timeoutSeconds: fc.option(fc.integer({ min: 1, max: 9 })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(0, 1, 300, 1_000, 5_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump'), ms: fc.integer({ min: -5_000, max: 5_000 }) }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer Drawn> ? Drawn : never;
type Update = Extract<Action, { readonly isRenamed: boolean }>;

const seconds = fc.integer({ min: 1, max: 5 });
const life = fc.record({
  actions: fc.array(action, { minLength: 10, maxLength: 30, size: 'max' }),
  acts: fc.record(
    Object.fromEntries(
      (['boot', 'snapshot', 'suspend', 'resume', 'release'] as const).map((kind) => [
        kind,
        fc.array(fc.constantFrom('succeed', 'succeed', 'progress', 'busy', 'fail', 'hang'), { maxLength: 4 }),
      ]),
    ) as Record<
      'boot' | 'snapshot' | 'suspend' | 'resume' | 'release',
      fc.Arbitrary<(keyof typeof outcomes)[]>
    >,
  ),
  policy: fc.record({
    operationLimitSeconds: fc.record({ boot: seconds, snapshot: seconds, suspend: seconds, resume: seconds }),
    suspendRetryDelaySeconds: seconds,
    timeoutMeasures: fc.constantFrom('idle' as const, 'lifetime' as const),
  }),
});

describe.each([
  ['memory', () => memoryStore(), 60],
  ['sqlite', () => sqliteStore(join(folder, `${opened++}.db`)), 15],
] as const)('after any sequence of actions on a host with the %s store', (_, open, numRuns) => {
  test.each(seeds)('every history replays to its record, seed %i', async (seed) => {
    const counts = new Map<string, number>();
    const property = fc.asyncProperty(life, async (drawn) => {
      const store = open();
      const histories = await play(store, drawn);
      for (const rows of histories)
        for (const { event } of rows) counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    });
    await fc.assert(property, { seed, numRuns, ...(path !== undefined && { path }) });
    // The property proves nothing unless the lives contain most kinds of events.
    const met = eventTypes.filter((type) => counts.has(type));
    const least = numRuns > 20 ? 12 : 8;
    expect(met.length, `the lives contain only the events ${met}`).toBeGreaterThanOrEqual(least);
  });
});

/** Plays a drawn life on a host, checks the stored histories, and returns them. */
async function play(
  store: Store,
  { actions, acts, policy }: typeof life extends fc.Arbitrary<infer Drawn> ? Drawn : never,
) {
  const clock = virtualClock();
  const driver = fakeDriver();
  for (const [kind, names] of Object.entries(acts)) {
    const each = [...names.map((name) => outcomes[name]), succeed];
    driver.script(kind as keyof typeof acts, ...each);
  }
  const host = await createHost({ store, driver, clock, policy, random: () => 0, driftIntervalSeconds: 7 });
  const sandboxIds: string[] = [];
  for (const one of actions) await act(one);
  await clock.advance(20_000);
  const histories = [];
  for (const id of sandboxIds) {
    const entry = await host.get('default', id);
    const rows = await host.history('default', id);
    expect(checkHistory(rows, entry)).toBeUndefined();
    expect(foldHistory(rows)).toEqual(entry.sandbox);
    histories.push(rows);
  }
  const all = await store.history({ after: 0, limit: 9_999 });
  expect(all.length).toBe(histories.flat().length);
  await host.close();
  return histories;

  async function act(one: Action): Promise<void> {
    if ('ms' in one) return one.do === 'wait' ? clock.advance(one.ms) : clock.jump(one.ms);
    if ('named' in one) {
      const name = one.named ? `name-${sandboxIds.length}` : null;
      const { sandbox } = await host.create({
        namespace: 'default',
        name,
        timeoutSeconds: one.timeoutSeconds ?? undefined,
      });
      sandboxIds.push(sandbox.id);
      return;
    }
    const id = sandboxIds[one.to % Math.max(1, sandboxIds.length)];
    if (id === undefined) return;
    const { sandbox } = await host.get('default', id);
    if ('isRenamed' in one) return update(id, sandbox, one);
    if (one.do === 'crash')
      return driver.crash({ sandboxId: id, incarnation: sandbox.incarnation ?? 1, reason: 'killed' });
    const type = one.do as CommandRequest['type'];
    const command =
      type === 'rename'
        ? { type, name: `${id}-${sandbox.version}` }
        : type === 'setTimeouts'
          ? { type, suspendedTimeoutSeconds: 3 }
          : { type };
    await host.send('default', id, command as CommandRequest);
  }

  /** Sends an update, whose events are one commit: consecutive rows, and all of them or none. */
  async function update(id: string, { status, version }: Sandbox, drawn: Update): Promise<void> {
    const { isRenamed, limits, port } = drawn;
    // With the policy `idle`, `timeoutSeconds` also sets the idle limit.
    const { timeoutSeconds, ...others } = limits ?? {};
    const isIdle = policy.timeoutMeasures === 'idle';
    const request = {
      ...others,
      ...(!isIdle && timeoutSeconds !== undefined && { timeoutSeconds }),
      ...(isRenamed && { name: `${id}-${version}` }),
      ...(port !== null && { configuration: { exposedPorts: [port] } }),
    };
    if (status === 'terminated')
      return expect(host.update('default', id, request)).rejects.toThrow(RuleError);
    const cause = `update of version ${version}`;
    // The sandbox may end between the read and the update.
    const updated = await host.update('default', id, request, { cause }).catch((error: unknown) => error);
    if (updated instanceof RuleError) return;
    expect(updated).not.toBeInstanceOf(Error);
    const { sandbox } = updated as SandboxEntry;
    const rows = await host.history('default', id, { afterVersion: version });
    const own = rows.filter((row) => row.cause === cause);
    const [first] = own;
    expect(own.map((row) => row.sequence)).toEqual(own.map((_, index) => (first?.sequence ?? 0) + index));
    if (isRenamed) expect(first?.event.type).toBe('rename');
    expect(own.at(-1)?.sandbox ?? sandbox).toEqual(sandbox);
  }
}

/** The history of a random walk. */
const walked = sandboxEvents().map(({ input, events }) => {
  let { sandbox } = createSandbox(input);
  const { id: sandboxId } = input;
  const common = { namespace: 'default', sandboxId, actor: 'user', cause: 'request', policy: defaultPolicy };
  const { name = null, timeoutMs = null, idleTimeoutMs = null, suspendedTimeoutMs = null, at } = input;
  const limits = { timeoutMs, idleTimeoutMs, suspendedTimeoutMs };
  const created = { type: 'created', name, ...limits, at } as const;
  const rows: HistoryRow[] = [
    { ...common, sequence: 1, version: 1, from: null, to: 'pending', event: created, at, sandbox },
  ];
  for (const event of events) {
    const { outcome, sandbox: next } = transition(sandbox, event);
    if (outcome !== 'applied') continue;
    const { version, status: to } = next;
    rows.push({
      ...common,
      sequence: version,
      version,
      from: sandbox.status,
      to,
      event,
      at: event.at,
      sandbox: next,
    });
    sandbox = next;
  }
  return { rows, entry: { namespace: 'default', sandbox } };
});

test('the history of every walk replays to its record', () => {
  check(
    fc.property(walked, ({ rows, entry }) => {
      expect(checkHistory(rows, entry)).toBeUndefined();
    }),
  );
});

/** Ways to corrupt a history at one of its rows. */
const corruptions: Readonly<Record<string, (rows: HistoryRow[], index: number) => void>> = {
  'a row is missing': (rows, index) => void rows.splice(index, 1),
  'a row is duplicated': (rows, index) => void rows.splice(index, 0, at(rows, index)),
  'an event was edited': (rows, index) => {
    const row = at(rows, index);
    rows[index] = { ...row, event: { type: 'rename', name: 'a name that was never given', at: row.at } };
  },
  'a record was edited': (rows, index) => {
    const row = at(rows, index);
    rows[index] = { ...row, sandbox: { ...row.sandbox, operations: row.sandbox.operations + 1 } };
  },
  'a from is wrong': (rows, index) => {
    const row = at(rows, index);
    rows[index] = { ...row, from: row.from === 'suspended' ? 'running' : 'suspended' };
  },
};

test.each(Object.entries(corruptions))(
  'when %s in the history of a walk, the check finds the place',
  (_, corrupt) => {
    const drawn = fc
      .tuple(walked, fc.nat())
      .map(([{ rows, entry }, place]) => ({ rows, entry, index: place % rows.length }));
    const property = fc.property(drawn, ({ rows, entry, index }) => {
      const corrupted = [...rows];
      corrupt(corrupted, index);
      const problem = checkHistory(corrupted, entry);
      expect(problem?.message).toMatch(/.\.$/);
      // A row that is missing at the end is reported at the row before it, and a duplicate at the row after it.
      expect(Math.abs((problem?.version ?? -9) - (index + 1))).toBeLessThanOrEqual(1);
    });
    check(property as fc.IProperty<[unknown]>);
  },
);

function at(rows: readonly HistoryRow[], index: number): HistoryRow {
  const row = rows[index];
  if (!row) throw new Error(`Row ${index} does not exist.`);
  return row;
}
