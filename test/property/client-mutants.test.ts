import { expect, test } from 'vitest';
import { clientWith } from '../../src/client/create-sandbox-client.ts';
import { defaultReconciliation, type Reconciliation } from '../../src/client/replica/reconcile.ts';
import type { Confirmed } from '../../src/client/replica/state.ts';
import { firstViolation } from '../harness/client/proof.ts';
import { runSchedule } from '../harness/client/run-schedule.ts';
import { schedules } from '../harness/client/schedule.ts';

/** Planted bugs: each replaces one decision by a common mistake, and names the invariant that must catch it. */
const mutants: readonly (readonly [
  name: string,
  isVersioned: boolean,
  invariant: RegExp,
  bug: () => Partial<Reconciliation>,
])[] = [
  [
    'settles on the reply',
    true,
    /never shows the old state again/,
    () => ({
      includes: (confirmed, update, command) =>
        command.state === 'acknowledged' || defaultReconciliation.includes(confirmed, update, command),
    }),
  ],
  [
    'settles on the reply, without versions',
    false,
    /never shows the old state again/,
    () => ({ includes: (_confirmed, _update, command) => command.state === 'acknowledged' }),
  ],
  ['has no version gate', true, /the version never goes back/, () => ({ admits: () => true })],
  [
    'treats terminated like other states',
    false,
    /terminated is final|the version never goes back/,
    () => ({ admits: () => true }),
  ],
  [
    'restores a copy',
    true,
    /the version never goes back|the confirmed state is never lost/,
    () => {
      const copies = new Map<string, Confirmed | null>();
      return {
        view(confirmed, pending, policy) {
          for (const { id } of pending)
            if (!copies.has(id)) copies.set(id, confirmed && { sandbox: confirmed.sandbox, receivedAt: 0 });
          return defaultReconciliation.view(confirmed, pending, policy);
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
    'also rolls back the commands behind the refused one',
    true,
    /every command settles|every rollback is recorded exactly once|never shows the old state again/,
    () => ({
      rollBack: (state, rollback) => ({ ...defaultReconciliation.rollBack(state, rollback), pending: [] }),
    }),
  ],
  [
    'is causal without a gate: admits every update',
    false,
    /the version never goes back/,
    () => ({
      admits: (confirmed, update) =>
        confirmed === null ||
        update.sandbox.status === 'terminated' ||
        confirmed.sandbox.status !== 'terminated',
    }),
  ],
  [
    'is causal without a gate: settles a command on any read',
    false,
    /never shows the old state again/,
    () => ({
      includes: (_confirmed, update, { state }) => state === 'acknowledged' && update.requestedAt > 0,
    }),
  ],
  [
    'predicts new limits without the instants at which they expire',
    true,
    /the view is the fold/,
    () => ({
      view(confirmed, pending, policy) {
        const view = defaultReconciliation.view(confirmed, pending, policy);
        if (!view || !confirmed || !pending.some(({ command }) => command.type === 'setTimeouts'))
          return view;
        const { expiresAt, idleAt, discardAt } = confirmed.sandbox;
        return { ...view, expiresAt, idleAt, discardAt };
      },
    }),
  ],
  [
    'rolls a configuration back when an older record arrives',
    true,
    /every command settles|the view is the fold|never shows the old state again/,
    () => ({
      view(confirmed, pending, policy) {
        const kept = pending.filter(
          ({ command, state }) => command.type !== 'configure' || state !== 'acknowledged',
        );
        return defaultReconciliation.view(confirmed, kept, policy);
      },
    }),
  ],
  [
    'shows the newest command alone',
    true,
    /the view is the fold/,
    () => ({
      view: (confirmed, pending, policy) => defaultReconciliation.view(confirmed, pending.slice(-1), policy),
    }),
  ],
];

test.each(mutants)(
  'the proof catches a client that %s (versions: %s)',
  async (_name, isVersioned, invariant, bug) => {
    const createClient = clientWith({ ...defaultReconciliation, ...bug() });
    const violated = await firstViolation(
      schedules,
      (schedule) => runSchedule(createClient, schedule, isVersioned),
      5000,
    );
    expect(violated).toMatch(invariant);
  },
);
