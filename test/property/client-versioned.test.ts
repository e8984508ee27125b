import { expect, test } from 'vitest';
import { createSandboxClient } from '../../src/client/index.ts';
import { prove, requiredCounts } from '../harness/client/proof.ts';
import { leastCount, scaled } from '../harness/shared/scale.ts';

test('the client keeps every invariant in random schedules against a server with versions', async () => {
  const counters = await prove(createSandboxClient, true, scaled(20_000));
  if (process.env['FAST_CHECK_SEED'] !== undefined) return;
  const here = {
    ...requiredCounts,
    'connection live': 20_000,
    'network broken': 300,
    'network silent': 100,
    'server keyedReplies': 500,
    'server preconditions': 100,
  };
  for (const [what, times] of Object.entries(here))
    expect(counters.of(what), what).toBeGreaterThanOrEqual(leastCount(times));
  expect(counters.of('applied by assumption')).toBeLessThan(counters.of('settled applied') / 100);
});
