import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { type Command, commands, defaultPolicy, transition } from '../../src/index.ts';
import { predictCommand } from '../../src/machine/predict-command.ts';
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

test('the prediction of a command agrees with the compiled machine on every reachable configuration × every command', () => {
  const names: readonly string[] = commands;
  let predictions = 0;
  walkReachable(
    (input) => compiled.create(input, policy).sandbox,
    (before, event) => {
      const { effects: _, reason: __, ...result } = transition(before, event, policy);
      if (names.includes(event.type)) {
        predictions++;
        deepStrictEqual(predictCommand(before, event as Command, policy), result);
      }
      return result.sandbox;
    },
    { isBrief: !isDeep },
  );
  expect(predictions).toBeGreaterThan(5_000);
});
