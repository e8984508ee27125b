import { expect, test } from 'vitest';
import { listClientWith } from '../../src/client/create-sandbox-list-client.ts';
import { createSandboxListClient, type SandboxListClientOptions } from '../../src/client/index.ts';
import { defaultReconciliation, type Reconciliation } from '../../src/client/replica/reconcile.ts';
import type { ConnectionObserver } from '../../src/client/transport/transport.ts';
import { listSchedules } from '../harness/client/list-schedule.ts';
import { firstViolation, proveList } from '../harness/client/proof.ts';
import { runListSchedule } from '../harness/client/run-list-schedule.ts';

const numRuns = 1200;

/** The events that the proof must cover, with a small fraction of their usual counts. */
const requiredCounts: Readonly<Record<string, number>> = {
  'act send': 1500,
  'act other': 500,
  'act new': 400,
  'act offline': 200,
  'act restart': 100,
  'act crash': 30,
  'act exit': 30,
  'act lose': 30,
  'act refresh': 40,
  'act dismiss': 40,
  'act close': 40,
  'act kill': 40,
  'act reload': 40,
  'list appeared': 300,
  'list removed': 100,
  'settled applied': 300,
  'settled unchanged': 100,
  'settled refused': 300,
  'settled dropped': 30,
  'settled unknown': 10,
  'settled with its state': 300,
  'prediction compared': 200,
  unknown: 100,
  'network lost': 300,
  'network slow': 300,
  'network doubled': 300,
  'network overtaken': 300,
};

test.each([true, false])(
  'a list client keeps every invariant in 1,200 random schedules (versions: %s)',
  async (isVersioned) => {
    const counters = await proveList(createSandboxListClient, isVersioned, numRuns);
    if (process.env['FAST_CHECK_SEED'] !== undefined) return;
    for (const [name, times] of Object.entries(requiredCounts)) {
      expect(counters.of(name), name).toBeGreaterThanOrEqual(times);
    }
  },
);

type Fault = (options: SandboxListClientOptions) => SandboxListClientOptions;

/** Breaks the way in which a list client receives updates. */
const receives =
  (broken: (onUpdate: ConnectionObserver['onUpdate']) => ConnectionObserver['onUpdate']): Fault =>
  ({ transport, ...options }) => ({
    ...options,
    transport: {
      ...transport,
      connect: (context, observer) =>
        transport.connect(context, { ...observer, onUpdate: broken(observer.onUpdate) }),
    },
  });

/** A planted bug of a list, and the invariant that must catch it. */
interface Mutant {
  readonly name: string;
  readonly isVersioned: boolean;
  readonly invariant: RegExp;
  readonly fault?: Fault;
  readonly rule?: Partial<Reconciliation>;
}
const mutants: readonly Mutant[] = [
  {
    name: 'keeps removed sandboxes',
    isVersioned: false,
    invariant: /clients converge/,
    fault: receives(
      (onUpdate) => (update, requestedAt) => onUpdate({ ...update, isComplete: false }, requestedAt),
    ),
  },
  {
    name: 'learns of new sandboxes only when it reads',
    isVersioned: true,
    invariant: /a new sandbox appears/,
    fault: receives((onUpdate) => {
      const known = new Set<string>();
      return ({ sandboxes, changes = [], ...update }, requestedAt) => {
        for (const { id } of sandboxes) known.add(id);
        return onUpdate(
          { ...update, sandboxes, changes: changes.filter(({ sandbox }) => known.has(sandbox.id)) },
          requestedAt,
        );
      };
    }),
  },
  {
    name: 'treats every list as the newest',
    isVersioned: true,
    invariant: /only terminated sandboxes are removed|the version never goes back|really the server/,
    fault: receives(
      (onUpdate) => (update, requestedAt) => onUpdate(update, requestedAt && Number.MAX_SAFE_INTEGER),
    ),
  },
  {
    name: 'settles on the reply',
    isVersioned: true,
    invariant: /never shows the old state again/,
    rule: {
      includes: (confirmed, update, command) =>
        command.state === 'acknowledged' || defaultReconciliation.includes(confirmed, update, command),
    },
  },
  {
    name: 'forgets a rollback',
    isVersioned: false,
    invariant: /every rollback is recorded exactly once/,
    rule: {
      rollBack: (state, rollback) => ({
        ...defaultReconciliation.rollBack(state, rollback),
        rollbacks: state.rollbacks,
      }),
    },
  },
];

test.each(mutants)(
  'the proof catches a list client that $name (versions: $isVersioned)',
  async ({ isVersioned, invariant, fault = (options) => options, rule }) => {
    const create = listClientWith({ ...defaultReconciliation, ...rule });
    const violated = await firstViolation(
      listSchedules,
      (schedule) => runListSchedule((options) => create(fault(options)), schedule, isVersioned),
      3000,
    );
    expect(violated).toMatch(invariant);
  },
);
