import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { Harness } from '../harness.ts';

/** Generations only grow. A driver without `configure` passes. */
export const configured: readonly Check[] = [
  {
    name: 'configured: a repeated and an older configuration are accepted',
    async run(harness) {
      const id = harness.newId();
      await harness.do('boot', id, 1);
      for (const generation of [3, 3, 2]) await configure(harness, id, generation);
      await harness.mustBe(id, 'running', 'after its configuration has changed');
    },
  },
  {
    name: 'configured: an older configuration does not replace a newer one',
    needs: 'generationOf',
    async run(harness) {
      if (harness.driver().configure === undefined) return;
      const id = harness.newId();
      await harness.do('boot', id, 1);
      for (const generation of [3, 3, 2]) await configure(harness, id, generation);
      const generation = await harness.generationOf(id);
      assert.equal(generation, 3, `The sandbox must have generation 3, but it has ${generation}.`);
    },
  },
];

async function configure(harness: Harness, sandboxId: string, generation: number): Promise<void> {
  const { signal } = new AbortController();
  const { configuration } = harness;
  const job = { sandboxId, incarnation: 1, generation, signal, configuration };
  await harness.callDriver('configure', async (driver) => driver.configure?.(job));
}
