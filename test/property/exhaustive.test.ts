import { expect, test } from 'vitest';
import { createSandbox, defaultPolicy, transition } from '../../src/index.ts';
import { oddNumbers, oddPolicy, prove } from '../harness/machine/proof.ts';

test('the machine and the oracle agree on every reachable configuration × every event', () => {
  const { configurations, steps } = prove({ create: createSandbox, transition });
  console.log(`${configurations} configurations, ${steps} steps: the oracle agrees`);
  expect(configurations).toBeGreaterThan(100);
  expect(steps).toBeGreaterThan(30_000);
});

test('they also agree with numbers that are not the defaults', () => {
  const policy = { ...defaultPolicy, ...oddPolicy };
  const { steps } = prove(
    {
      create: (input) => createSandbox(input, policy),
      transition: (sandbox, event) => transition(sandbox, event, policy),
    },
    oddNumbers,
    { isBrief: true },
  );
  expect(steps).toBeGreaterThan(30_000);
});
