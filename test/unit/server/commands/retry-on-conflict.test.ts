import { expect, test } from 'vitest';
import { retryOnConflict } from '../../../../src/server/commands/retry-on-conflict.ts';
import { simulatedDriver } from '../../../../src/server/driver/simulated/index.ts';
import { createApi, createHost } from '../../../../src/server/index.ts';
import { ConflictError, StoreBusyError } from '../../../../src/server/store/errors.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import type { Clock } from '../../../../src/utils/clock.ts';

/** A clock whose timers fire at once, and note how long they were. */
function hastyClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => 0,
    wake(afterMs, callback) {
      pauses.push(afterMs);
      queueMicrotask(callback);
      return () => {};
    },
  };
}

const conflict = () => Promise.reject(new ConflictError('a'));

test('a conflict is followed by another attempt, after a pause of 1 to 20 ms', async () => {
  const clock = hastyClock();
  const draws = [0, 0.5, 0.999];
  let attempts = 0;
  const act = async () => (++attempts < 4 ? conflict() : 'kept');
  const result = await retryOnConflict(act, { clock, random: () => draws.shift() ?? 0 });
  expect([result, clock.pauses]).toEqual(['kept', [1, 11, 20]]);
});

test('any other error is not repeated', async () => {
  let attempts = 0;
  const act = async () => {
    attempts += 1;
    throw new StoreBusyError('down');
  };
  await expect(retryOnConflict(act, { clock: hastyClock(), random: () => 0 })).rejects.toThrow(
    StoreBusyError,
  );
  expect(attempts).toBe(1);
});

test('a request that meets 100 conflicts in a row gets 503 with Retry-After, and nothing is changed', async () => {
  const store = memoryStore();
  let attempts = 0;
  const contended = {
    ...store,
    commit(commit: Parameters<typeof store.commit>[0]) {
      if (commit.change?.history?.event.type !== 'rename') return store.commit(commit);
      attempts += 1;
      return conflict();
    },
  };
  const host = await createHost({ store: contended, driver: simulatedDriver() });
  const api = createApi(host);
  const { sandbox } = await host.create({ namespace: 'default', name: 'ada' });
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 60_000 });
  const response = await api(
    new Request(`http://localhost/sandboxes/${sandbox.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'grace' }),
    }),
  );
  expect([
    response.status,
    response.headers.get('retry-after'),
    response.headers.get('x-error-code'),
  ]).toEqual([503, '1', 'contended']);
  expect(await response.text()).toMatch(/during each of 100 attempts; try again in a moment/);
  expect(attempts).toBe(100);
  expect((await host.get('default', sandbox.id)).sandbox.name).toBe('ada');
  await host.close();
});
