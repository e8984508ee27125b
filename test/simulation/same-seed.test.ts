import { expect, test } from 'vitest';
import { simulate } from '../harness/simulation/simulate.ts';

test('the same seed gives the same trace, line by line', async () => {
  const hashes: string[] = [];
  for (let seed = 1; seed <= 25; seed++) {
    const once = (await simulate({ seed })).trace.hash();
    const again = (await simulate({ seed })).trace.hash();
    expect(again, `seed ${seed}`).toBe(once);
    hashes.push(once);
  }
  expect(new Set(hashes).size, 'different seeds give different traces').toBe(hashes.length);
});
