import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { handWritten } from '../../bench/rival.ts';
import {
  createSandbox,
  defaultPolicy,
  type Sandbox,
  type SandboxEvent,
  transition,
} from '../../src/index.ts';
import { sandboxEvents } from '../../src/testing/index.ts';
import { check } from '../harness/check.ts';
import { hostileValues } from '../harness/machine/hostile.ts';
import { oddPolicy } from '../harness/machine/proof.ts';
import { walkReachable } from '../harness/machine/reachable.ts';
import { records } from '../harness/machine/records.ts';

const policy = { ...defaultPolicy, ...oddPolicy };

/** The result, or the message and the path of the error. */
function outcomeOf(step: typeof transition | typeof handWritten, sandbox: Sandbox, event: unknown): unknown {
  try {
    return step(sandbox, event as SandboxEvent, policy);
  } catch (error) {
    const { name, message, path } = error as Error & { path?: string };
    return { name, message, path };
  }
}

// The benchmark compares the speed of the two, which means something only if both do the same.
test('the hand-written rival and the machine agree on every reachable configuration × every event', () => {
  const { steps } = walkReachable(
    (input) => createSandbox(input, policy).sandbox,
    (before, event) => {
      const result = transition(before, event, policy);
      deepStrictEqual(handWritten(before, event, policy), { ...result });
      return result.sandbox;
    },
    { isBrief: true },
  );
  expect(steps).toBeGreaterThan(30_000);
});

test('they agree on random lives', () => {
  check(
    fc.property(sandboxEvents({ policy }), ({ input, events }) => {
      let { sandbox } = createSandbox(input, policy);
      for (const event of events) {
        const result = transition(sandbox, event, policy);
        expect(handWritten(sandbox, event, policy)).toEqual(result);
        ({ sandbox } = result);
      }
    }),
  );
});

test('they reject the same malformed events with the same sentences', () => {
  check(
    fc.property(fc.constantFrom(...Object.values(records)), hostileValues(), (sandbox, event) => {
      expect(outcomeOf(handWritten, sandbox, event)).toEqual(outcomeOf(transition, sandbox, event));
    }),
    { numRuns: 5_000 },
  );
});
