import { expect, test } from 'vitest';
import { createSandbox, transition } from '../../src/index.ts';
import { prove } from '../support/proof.ts';

test('on every reachable configuration × every event the machine does what the oracle says', () => {
  const { configurations, steps } = prove({ create: createSandbox, transition });
  console.log(`${configurations} configurations, ${steps} steps, all as the oracle says`);
  expect(configurations).toBeGreaterThan(100);
  expect(steps).toBeGreaterThan(30_000);
});
