import { expect, test } from 'vitest';
import { listClientWith } from '../../src/client/create-sandbox-list-client.ts';
import { createSandboxListClient, type SandboxListClientOptions } from '../../src/client/index.ts';
import { type Reconciliation, defaultReconciliation } from '../../src/client/replica/reconcile.ts';
import type { ConnectionObserver } from '../../src/client/transport/transport.ts';
import { listSchedules } from '../harness/client/list-schedule.ts';
import { firstBroken, proveList } from '../harness/client/prove.ts';
import { liveList } from '../harness/client/run-list.ts';

const numRuns = 1200;

/** What a proof must have seen at least, each many times less than it does. */
const mustBeSeen: Readonly<Record<string, number>> = {
  'act ask': 1500,
  'act other': 500,
  'act new': 400,
  'act offline': 200,
  'act restart': 100,
  'act crash': 100,
  'act refresh': 40,
  'act dismiss': 40,
  'act close': 40,
  'act kill': 40,
  'act reload': 40,
  'list appeared': 300,
  'list left': 100,
  'settled applied': 300,
  'settled unchanged': 100,
  'settled refused': 300,
  'settled dropped': 30,
  'settled unknown': 10,
  'left with its truth': 300,
  'prediction compared': 200,
  unknown: 100,
  'network lost': 300,
  'network slow': 300,
  'network doubled': 300,
  'network overtaken': 300,
};

test.each([true, false])(
  'a list of many sandboxes is right in 1,200 random schedules (versions: %s)',
  { timeout: 300_000 },
  async (isVersioned) => {
    const tally = await proveList(createSandboxListClient, isVersioned, numRuns);
    if (process.env['FAST_CHECK_SEED'] !== undefined) return;
    for (const [what, times] of Object.entries(mustBeSeen)) {
      expect(tally.of(what), what).toBeGreaterThanOrEqual(times);
    }
  },
);

type Wrong = (options: SandboxListClientOptions) => SandboxListClientOptions;

/** A list client that hears wrongly what its transport tells. */
const hears =
  (wrong: (told: ConnectionObserver['onUpdate']) => ConnectionObserver['onUpdate']): Wrong =>
  ({ transport, ...options }) => ({
    ...options,
    transport: {
      ...transport,
      connect: (setting, target) =>
        transport.connect(setting, { ...target, onUpdate: wrong(target.onUpdate) }),
    },
  });

/** A wrong list, and the law that must give it away. */
interface Mutant {
  readonly name: string;
  readonly isVersioned: boolean;
  readonly law: RegExp;
  readonly wrong?: Wrong;
  readonly rule?: Partial<Reconciliation>;
}
const mutants: readonly Mutant[] = [
  {
    name: 'keeps what has left',
    isVersioned: false,
    law: /clients converge/,
    wrong: hears((told) => (reading, requestedAt) => told({ ...reading, isComplete: false }, requestedAt)),
  },
  {
    name: 'hears of what is new only when it reads',
    isVersioned: true,
    law: /what is new appears/,
    wrong: hears((told) => {
      const known = new Set<string>();
      return ({ sandboxes, changes = [], ...reading }, requestedAt) => {
        for (const { id } of sandboxes) known.add(id);
        return told(
          { ...reading, sandboxes, changes: changes.filter(({ sandbox }) => known.has(sandbox.id)) },
          requestedAt,
        );
      };
    }),
  },
  {
    name: 'takes every list for the newest',
    isVersioned: true,
    law: /nothing leaves the list but what has ended/,
    wrong: hears((told) => (reading, requestedAt) => told(reading, requestedAt && Number.MAX_SAFE_INTEGER)),
  },
  {
    name: 'settles on the answer',
    isVersioned: true,
    law: /never shows the old state again/,
    rule: {
      includes: (truth, told, command) =>
        command.state === 'acknowledged' || defaultReconciliation.includes(truth, told, command),
    },
  },
  {
    name: 'forgets a rollback',
    isVersioned: false,
    law: /every rollback is recorded exactly once/,
    rule: {
      rollBack: (state, rollback) => ({
        ...defaultReconciliation.rollBack(state, rollback),
        rollbacks: state.rollbacks,
      }),
    },
  },
];

test.each(mutants)(
  'a list that $name is caught (versions: $isVersioned)',
  { timeout: 300_000 },
  async ({ isVersioned, law, wrong = (options) => options, rule }) => {
    const create = listClientWith({ ...defaultReconciliation, ...rule });
    const broken = await firstBroken(
      listSchedules,
      (schedule) => liveList((options) => create(wrong(options)), schedule, isVersioned),
      3000,
    );
    expect(broken).toMatch(law);
  },
);
