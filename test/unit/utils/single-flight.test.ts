import { describe, expect, test } from 'vitest';
import { singleFlight } from '../../../src/utils/single-flight.ts';

/** An act whose runs end in the order in which the test ends them. */
function controlledAct() {
  const runs: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const act = () => new Promise<number>((resolve, reject) => runs.push({ resolve, reject }));
  return { runs, act };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('singleFlight', () => {
  test('lets callers of one turn share one run', async () => {
    const { runs, act } = controlledAct();
    const call = singleFlight(act);
    const results = Promise.all([call(), call()]);
    await turn();
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(1);
    expect(await results).toEqual([1, 1]);
  });

  test('lets callers during a run share one run after it', async () => {
    const { runs, act } = controlledAct();
    const call = singleFlight(act);
    const first = call();
    await turn();
    const later = Promise.all([call(), call()]);
    await turn();
    expect(runs, 'runs do not overlap').toHaveLength(1);
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    await turn();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(2);
    expect(await later).toEqual([2, 2]);
  });

  test('rejects for the callers of a failed run only', async () => {
    const { runs, act } = controlledAct();
    const call = singleFlight(act);
    const first = call();
    await turn();
    const second = call();
    runs[0]?.reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await turn();
    runs[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});
