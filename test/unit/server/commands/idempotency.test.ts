import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createIdempotency } from '../../../../src/server/commands/idempotency.ts';
import { KeyReusedError } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { namespace } from '../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

const asItIs = { shrink: (result: number) => result, restore: async (stored: unknown) => Number(stored) };

/** Runs requests under one key. Counts the runs. */
function fixture() {
  const store = memoryStore();
  const idempotency = createIdempotency(store, virtualClock());
  let runs = 0;
  const run = (request: string) =>
    idempotency.runOnce({ namespace, key: 'k1', request }, asItIs, async (keep) => {
      runs++;
      const answer = keep(runs);
      if (answer) await store.commit({ response: answer });
      return answer?.result as number;
    });
  return { store, run };
}

describe('the fingerprint of a request', () => {
  test('is the request itself up to 256 characters of JSON', async () => {
    const { store, run } = fixture();
    await run('x'.repeat(254));
    expect((await store.response(namespace, 'k1'))?.fingerprint).toBe(`"${'x'.repeat(254)}"`);
  });

  test('is its SHA-256 in base64 from 257 characters on', async () => {
    const { store, run } = fixture();
    const request = 'ü'.repeat(255);
    await run(request);
    const hash = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    expect((await store.response(namespace, 'k1'))?.fingerprint).toBe(hash);
  });

  test('differs between long requests', async () => {
    const { run } = fixture();
    const request = 'x'.repeat(1_000);
    expect(await run(request)).toBe(1);
    expect(await run(request), 'the stored response').toBe(1);
    await expect(run(`${request}y`)).rejects.toThrow(KeyReusedError);
  });
});
