import { afterAll, expect, test } from 'vitest';
import { runChaos } from '../harness/chaos/run-chaos.ts';
import { postgresForTests } from '../harness/postgres/server.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

/** For more: `npm run chaos -- --hosts 4 --kills 1000`, which prints what it measures. */
const [hosts, kills, aliveSeconds] = [4, 12, 3];
const seed = Number(process.env['CHAOS_SEED'] ?? 1);

test.skipIf(skipped)(
  `${kills} kills among ${hosts} hosts lose and double nothing (seed ${seed})`,
  async () => {
    const report = await runChaos({ serverUrl: url, seed, hosts, kills, aliveSeconds });
    // The counts prove that the test covers something.
    expect(report.kills).toBe(kills);
    for (const disturbance of ['pauses', 'stops', 'backends', 'cuts'] as const)
      expect(report[disturbance]).toBeGreaterThan(0);
    for (const what of ['sandboxes', 'timeouts', 'answered', 'unanswered', 'repeated', 'waits'] as const)
      expect(report[what]).toBeGreaterThan(0);
  },
);
