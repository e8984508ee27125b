import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { createSandbox, transition } from '../../src/index.ts';
import { actor, compiled, type Engine, pure } from '../support/engines.ts';
import { prove } from '../support/proof.ts';
import { walkReachable } from '../support/reachable.ts';

describe('every reachable configuration × every event', () => {
  test('the compiled machine does what the oracle says', () => {
    const { configurations, steps } = prove({ create: createSandbox, transition });
    console.log(`${configurations} configurations, ${steps} steps, all as the oracle says`);
    expect(configurations).toBeGreaterThan(100);
    expect(steps).toBeGreaterThan(30_000);
  });

  test.each([actor, pure])('the $name does what the compiled machine does', (engine: Engine) => {
    const { steps } = walkReachable(
      (input) => {
        const created = compiled.create(input);
        deepStrictEqual(engine.create(input).sandbox, created.sandbox);
        return created.sandbox;
      },
      (before, event) => {
        const after = compiled.step(before, event);
        const other = engine.step(before, event);
        deepStrictEqual(other.sandbox, after.sandbox, `${before.status} on ${JSON.stringify(event)}`);
        deepStrictEqual(other.effects, [...after.effects]);
        return after.sandbox;
      },
    );
    expect(steps).toBeGreaterThan(30_000);
  });
});
