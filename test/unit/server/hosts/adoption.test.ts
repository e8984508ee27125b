import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../../src/model/policy.ts';
import { createCommitter } from '../../../../src/server/commands/committer.ts';
import type { Adopted } from '../../../../src/server/index.ts';
import { createAdoption } from '../../../../src/server/reconciler/adoption.ts';
import { createBackgroundTasks } from '../../../../src/server/reconciler/background-tasks.ts';
import type { OperationRunner } from '../../../../src/server/reconciler/operation-runner.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { commitSandbox, up } from '../../../../src/testing/store-conformance/fixtures.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

test('an adoption whose host lost the sandbox while it read the record leaves the platform alone', async () => {
  const clock = virtualClock();
  const store = memoryStore();
  await commitSandbox(store, { id: 'a', name: 'ada' }, up);
  const adopted: string[] = [];
  let isHeld = true;
  let isPaused = false;
  const adoption = createAdoption({
    store: {
      ...store,
      async get(id) {
        const entry = await store.get(id);
        // The host was stopped here for longer than its time to live.
        if (isPaused) isHeld = false;
        return entry;
      },
    },
    driver: {
      adopt: async (all: readonly Adopted[]) => void adopted.push(...all.map((one) => one.sandboxId)),
    },
    clock,
    committer: createCommitter(store, defaultPolicy, () => {}),
    runner: {
      async whileIdle(_: string, act: () => Promise<void>) {
        await act();
        return true;
      },
    } as OperationRunner,
    background: createBackgroundTasks(clock, () => {}),
    holding: { holds: () => isHeld },
    onAdopted: () => {},
    onProblem: () => {},
  });
  await adoption.adopt('a');
  expect(adopted).toEqual(['a']);
  isPaused = true;
  await adoption.adopt('a');
  expect(adopted).toEqual(['a']);
});
