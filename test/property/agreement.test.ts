import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { actor, compiled, type Engine, pure } from '../support/engines.ts';
import { walkReachable } from '../support/reachable.ts';

test.each([actor, pure])(
  '(18) on every reachable configuration × every event the $name does what the compiled machine does',
  (engine: Engine) => {
    const { configurations, steps } = walkReachable(
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
    console.log(`${configurations} configurations, ${steps} steps, alike in the ${engine.name}`);
    expect(steps).toBeGreaterThan(30_000);
  },
);
