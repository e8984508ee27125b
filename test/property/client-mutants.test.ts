import { expect, test } from 'vitest';
import { clientWith } from '../../src/client/create-sandbox-client.ts';
import { type Reconciliation, defaultReconciliation } from '../../src/client/replica/reconcile.ts';
import type { Confirmed } from '../../src/client/replica/state.ts';
import { firstBroken } from '../harness/client/prove.ts';
import { live } from '../harness/client/run.ts';
import { schedules } from '../harness/client/schedule.ts';

/** Wrong clients, each with one rule that real ones get wrong, and the law that must give it away. */
const mutants: readonly (readonly [
  name: string,
  isVersioned: boolean,
  law: RegExp,
  wrong: () => Partial<Reconciliation>,
])[] = [
  [
    'settles on the answer',
    true,
    /never shows the old state again/,
    () => ({
      includes: (truth, told, command) =>
        command.state === 'acknowledged' || defaultReconciliation.includes(truth, told, command),
    }),
  ],
  [
    'settles on the answer, without versions',
    false,
    /never shows the old state again/,
    () => ({ includes: (_truth, _told, command) => command.state === 'acknowledged' }),
  ],
  ['has no version gate', true, /the version never goes back/, () => ({ admits: () => true })],
  [
    'takes terminated for a state like others',
    false,
    /terminated is never left|the version never goes back/,
    () => ({ admits: () => true }),
  ],
  [
    'restores a copy',
    true,
    /the version never goes back|what is confirmed is never lost/,
    () => {
      const copies = new Map<string, Confirmed | null>();
      return {
        view(truth, pending, policy) {
          for (const { id } of pending)
            if (!copies.has(id)) copies.set(id, truth && { sandbox: truth.sandbox, receivedAt: 0 });
          return defaultReconciliation.view(truth, pending, policy);
        },
        rollBack(state, rollback) {
          return {
            ...defaultReconciliation.rollBack(state, rollback),
            confirmed: copies.get(rollback.id) ?? state.confirmed,
          };
        },
      };
    },
  ],
  [
    'forgets a rollback',
    true,
    /every rollback is recorded exactly once/,
    () => ({
      rollBack: (state, rollback) => ({
        ...defaultReconciliation.rollBack(state, rollback),
        rollbacks: state.rollbacks,
      }),
    }),
  ],
  [
    'takes back what waits behind the refused one too',
    true,
    /every command settles|every rollback is recorded exactly once|never shows the old state again/,
    () => ({ rollBack: (state, rollback) => ({ ...defaultReconciliation.rollBack(state, rollback), pending: [] }) }),
  ],
  [
    'is causal without a gate: takes every reading for news',
    false,
    /the version never goes back/,
    () => ({
      admits: (truth, told) =>
        truth === null || told.sandbox.status === 'terminated' || truth.sandbox.status !== 'terminated',
    }),
  ],
  [
    'is causal without a gate: lets any reading settle a command',
    false,
    /never shows the old state again/,
    () => ({
      includes: (_truth, told, { state }) => state === 'acknowledged' && told.requestedAt > 0,
    }),
  ],
  [
    'shows the newest command alone',
    true,
    /the view is the fold/,
    () => ({ view: (truth, pending, policy) => defaultReconciliation.view(truth, pending.slice(-1), policy) }),
  ],
];

test.each(mutants)(
  'a client that %s is caught (versions: %s)',
  { timeout: 300_000 },
  async (_name, isVersioned, law, wrong) => {
    const createClient = clientWith({ ...defaultReconciliation, ...wrong() });
    const broken = await firstBroken(
      schedules,
      (schedule) => live(createClient, schedule, isVersioned),
      5000,
    );
    expect(broken).toMatch(law);
  },
);
