import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../src/index.ts';
import { actor, compiled, type Engine, pure } from '../harness/machine/engines.ts';
import { oddPolicy } from '../harness/machine/proof.ts';
import { walkReachable } from '../harness/machine/reachable.ts';
import { isDeep } from '../harness/shared/scale.ts';

const policy = { ...defaultPolicy, ...oddPolicy };

test.each([actor, pure])(
  '(18) the $name and the compiled machine agree on every reachable configuration × every event',
  (engine: Engine) => {
    const { configurations, steps } = walkReachable(
      (input) => {
        const created = compiled.create(input, policy);
        deepStrictEqual(engine.create(input, policy).sandbox, created.sandbox);
        return created.sandbox;
      },
      (before, event) => {
        const after = compiled.step(before, event, policy);
        const other = engine.step(before, event, policy);
        deepStrictEqual(other.sandbox, after.sandbox, `${before.status} on ${JSON.stringify(event)}`);
        deepStrictEqual(other.effects, [...after.effects]);
        return after.sandbox;
      },
      { isBrief: !isDeep },
    );
    console.log(`${configurations} configurations, ${steps} steps: the ${engine.name} agrees`);
    expect(steps).toBeGreaterThan(30_000);
  },
);
