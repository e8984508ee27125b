import { expect, test } from 'vitest';
import { createSandboxClient } from '../../src/client/index.ts';
import { prove, requiredCounts } from '../harness/client/proof.ts';

test('the client is right in 20,000 random schedules against a server without versions', {
  timeout: 600_000,
}, async () => {
  const counters = await prove(createSandboxClient, false, 20_000);
  if (process.env['FAST_CHECK_SEED'] !== undefined) return;
  for (const [what, times] of Object.entries(requiredCounts)) {
    expect(counters.of(what), what).toBeGreaterThanOrEqual(times);
  }
});
