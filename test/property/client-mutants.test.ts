import { expect, test } from 'vitest';
import { clientWith } from '../../src/client/create-sandbox-client.ts';
import { type Rules, rules } from '../../src/client/replica/reconcile.ts';
import type { Truth } from '../../src/client/replica/state.ts';
import { firstBroken } from '../harness/client/prove.ts';
import { live } from '../harness/client/run.ts';
import { schedules } from '../harness/client/schedule.ts';

/** Wrong clients, each with one rule that real ones get wrong, and the law that must give it away. */
const mutants: readonly (readonly [
  name: string,
  isVersioned: boolean,
  law: RegExp,
  wrong: () => Partial<Rules>,
])[] = [
  [
    'settles on the answer',
    true,
    /never shows the old state again/,
    () => ({
      includes: (truth, told, command) =>
        command.state === 'acknowledged' || rules.includes(truth, told, command),
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
      const copies = new Map<string, Truth | null>();
      return {
        view(truth, pending, policy) {
          for (const { id } of pending)
            if (!copies.has(id)) copies.set(id, truth && { sandbox: truth.sandbox, came: 0 });
          return rules.view(truth, pending, policy);
        },
        takeBack(state, rollback) {
          return { ...rules.takeBack(state, rollback), truth: copies.get(rollback.id) ?? state.truth };
        },
      };
    },
  ],
  [
    'forgets a rollback',
    true,
    /every rollback is recorded exactly once/,
    () => ({
      takeBack: (state, rollback) => ({ ...rules.takeBack(state, rollback), rollbacks: state.rollbacks }),
    }),
  ],
  [
    'takes back what waits behind the refused one too',
    true,
    /every command settles|every rollback is recorded exactly once|never shows the old state again/,
    () => ({ takeBack: (state, rollback) => ({ ...rules.takeBack(state, rollback), pending: [] }) }),
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
      includes: (_truth, told, { state }) => state === 'acknowledged' && told.begun > 0,
    }),
  ],
  [
    'shows the newest command alone',
    true,
    /the view is the fold/,
    () => ({ view: (truth, pending, policy) => rules.view(truth, pending.slice(-1), policy) }),
  ],
];

test.each(mutants)(
  'a client that %s is caught (versions: %s)',
  { timeout: 300_000 },
  async (_name, isVersioned, law, wrong) => {
    const createClient = clientWith({ ...rules, ...wrong() });
    const broken = await firstBroken(
      schedules,
      (schedule) => live(createClient, schedule, isVersioned),
      5000,
    );
    expect(broken).toMatch(law);
  },
);
