import { expect, test } from 'vitest';
import { createSandboxClient } from '../../src/client/index.ts';
import { mustBeSeen, prove } from '../harness/client/prove.ts';

test('the client is right in 20,000 random schedules against a server without versions', {
  timeout: 600_000,
}, async () => {
  const tally = await prove(createSandboxClient, false, 20_000);
  if (process.env['FAST_CHECK_SEED'] !== undefined) return;
  for (const [what, times] of Object.entries(mustBeSeen)) {
    expect(tally.of(what), what).toBeGreaterThanOrEqual(times);
  }
});
