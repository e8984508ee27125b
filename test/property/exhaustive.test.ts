import { expect, test } from 'vitest';
import { createSandbox, defaultPolicy, transition } from '../../src/index.ts';
import { oddNumbers, oddPolicy, prove } from '../harness/machine/proof.ts';

test('on every reachable configuration × every event the machine does what the oracle says', () => {
  const { configurations, steps } = prove({ create: createSandbox, transition });
  console.log(`${configurations} configurations, ${steps} steps, all as the oracle says`);
  expect(configurations).toBeGreaterThan(100);
  expect(steps).toBeGreaterThan(30_000);
});

test('and so it does with other numbers', () => {
  const policy = { ...defaultPolicy, ...oddPolicy };
  const { steps } = prove(
    {
      create: (input) => createSandbox(input, policy),
      transition: (sandbox, event) => transition(sandbox, event, policy),
    },
    oddNumbers,
  );
  expect(steps).toBeGreaterThan(30_000);
});
