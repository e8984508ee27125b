import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

async function load(immediate: typeof setImmediate | undefined) {
  vi.resetModules();
  vi.stubGlobal('setImmediate', immediate);
  return (await import('../../../src/utils/next-turn.ts')).nextTurn;
}

test('nextTurn waits for setImmediate when the platform has it', async () => {
  const immediate = vi.fn((callback: () => void) => callback());
  const nextTurn = await load(immediate as unknown as typeof setImmediate);
  await nextTurn();
  expect(immediate).toHaveBeenCalledOnce();
});

test('nextTurn lets timers run on a platform without setImmediate', async () => {
  const nextTurn = await load(undefined);
  let hasRun = false;
  setTimeout(() => {
    hasRun = true;
  }, 0);
  await nextTurn();
  expect(hasRun).toBe(true);
});
