import { expectTypeOf, test } from 'vitest';
import { createActor } from 'xstate';
import {
  can,
  createSandbox,
  type Effect,
  type EffectOf,
  type Refusal,
  type Sandbox,
  transition,
  why,
} from '../../src/index.ts';
import { sandboxMachine } from '../../src/machine/index.ts';

const sandbox = {} as Sandbox;

test('an unknown event does not compile', () => {
  // @ts-expect-error
  transition(sandbox, { type: 'reboot', at: 1 });
  // @ts-expect-error
  transition(sandbox, { type: 'boot.exploded', operation: 1, at: 1 });
  // @ts-expect-error
  createActor(sandboxMachine).send({ type: 'reboot', at: 1 });
});

test('a wrong payload does not compile', () => {
  // @ts-expect-error
  transition(sandbox, { type: 'suspend' });
  // @ts-expect-error
  transition(sandbox, { type: 'suspend', at: '1' });
  // @ts-expect-error
  transition(sandbox, { type: 'snapshot', at: 1 });
  // @ts-expect-error
  transition(sandbox, { type: 'rename', name: null, at: 1 });
  // @ts-expect-error
  transition(sandbox, { type: 'boot.completed', at: 1 });
  // @ts-expect-error
  transition(sandbox, { type: 'boot.progressed', operation: 1, pendingReason: 'tired', at: 1 });
  // @ts-expect-error
  createSandbox({ id: 'a' });
});

test('an unknown state does not compile', () => {
  // @ts-expect-error
  if (sandbox.status === 'sleeping') return;
  const snapshot = createActor(sandboxMachine).getSnapshot();
  // @ts-expect-error
  snapshot.matches('sleeping');
  // @ts-expect-error
  snapshot.matches({ suspended: 'sleeping' });
});

test('a report is not a command', () => {
  // @ts-expect-error
  can(sandbox, 'timeout');
  // @ts-expect-error
  why(sandbox, { type: 'rename' });
});

test('an effect is known by its type', () => {
  const actor = createActor(sandboxMachine);
  actor.on('boot', (effect) => expectTypeOf(effect.deadline).toEqualTypeOf<number>());
  actor.on('release', (effect) => expectTypeOf(effect.deadline).toEqualTypeOf<null>());
  actor.on('configure', (effect) => expectTypeOf(effect.generation).toEqualTypeOf<number>());
  // @ts-expect-error
  actor.on('configure', (effect) => effect.deadline);
  // @ts-expect-error
  actor.on('suspend', (effect) => effect.generation);
  expectTypeOf<EffectOf<'resume'>['generation']>().toEqualTypeOf<number>();
});

test('a record is read only', () => {
  // @ts-expect-error
  sandbox.version = 2;
});

test('the outcome determines the other fields', () => {
  const result = transition(sandbox, { type: 'suspend', at: 1 });
  expectTypeOf(result.sandbox).toEqualTypeOf<Sandbox>();
  if (result.outcome === 'refused') expectTypeOf(result.refusal).toEqualTypeOf<Refusal>();
  if (result.outcome === 'applied') expectTypeOf(result.effects).toEqualTypeOf<readonly Effect[]>();
  if (result.outcome === 'unchanged') {
    expectTypeOf(result.reason).toEqualTypeOf<'satisfied' | 'joined' | 'stale' | 'not_due'>();
  }
});
