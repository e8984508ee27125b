import { expect, test } from 'vitest';
import { createSandboxClient } from '../../src/client/index.ts';
import { prove, requiredCounts } from '../harness/client/proof.ts';
import { leastCount, scaled } from '../harness/shared/scale.ts';

test('the client keeps every invariant in random schedules against a server without versions', async () => {
  const counters = await prove(createSandboxClient, false, scaled(20_000));
  if (process.env['FAST_CHECK_SEED'] !== undefined) return;
  for (const [what, times] of Object.entries(requiredCounts)) {
    expect(counters.of(what), what).toBeGreaterThanOrEqual(leastCount(times));
  }
});
