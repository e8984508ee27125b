import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformCallKind } from '../../../server/driver/driver.ts';
import { type Check, moments } from '../check.ts';
import type { Harness } from '../harness.ts';

const reason = new Error('called off');

/** Calls a job off after a moment, 0 for at once. Answers whether it was done all the same. */
async function callOff(
  harness: Harness,
  kind: PlatformCallKind,
  id: string,
  momentMs: number,
  operation: number,
  snapshotId = '',
) {
  const controller = new AbortController();
  const how = { signal: controller.signal, ...(snapshotId !== '' && { snapshotId }) };
  const settled = harness.call(kind, id, operation, how).then(
    () => true,
    (error: unknown) => {
      if (error instanceof assert.AssertionError) throw error;
      return false;
    },
  );
  if (momentMs > 0) await sleep(momentMs);
  controller.abort(reason);
  const isDone = await settled;
  // What goes on behind its back would come to light only now.
  if (!isDone) await harness.quiet();
  return isDone;
}

/** A job that is called off settles, and leaves everything as it was. */
export const calledOff: readonly Check[] = [
  {
    name: 'called off before it begins: nothing is done',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      const signal = AbortSignal.abort(reason);
      const refused = (kind: PlatformCallKind, operation: number) =>
        assert.rejects(
          harness.call(kind, id, operation, { signal, ...(kind === 'snapshot' && { snapshotId }) }),
          `${kind} ${operation} must reject: it was called off before it began.`,
        );
      await refused('boot', 1);
      await harness.mustBe(id, 'absent', 'after a boot that was called off');
      await harness.do('boot', id, 1);
      await refused('snapshot', 2);
      await harness.mustFail('boot', harness.newId(), 1, { snapshotId });
      await refused('suspend', 3);
      await harness.mustBe(id, 'running', 'after a suspend that was called off');
      await harness.do('suspend', id, 4);
      await refused('resume', 5);
      await harness.mustBe(id, 'paused', 'after a resume that was called off');
    },
  },
  {
    name: 'called off in the middle: a boot leaves nothing, and can be done again',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const id = harness.newId();
        const isDone = await callOff(harness, 'boot', id, momentMs, 1);
        await harness.mustBe(id, isDone ? 'running' : 'absent', `after a boot called off at ${momentMs} ms`);
        await harness.do('boot', id, 1);
        await harness.mustBe(id, 'running', 'after the same boot');
      }),
  },
  {
    name: 'called off in the middle: a suspend leaves it running, a resume paused, and both can be done again',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const id = harness.newId();
        await harness.do('boot', id, 1);
        const isPaused = await callOff(harness, 'suspend', id, momentMs, 2);
        await harness.mustBe(
          id,
          isPaused ? 'paused' : 'running',
          `after a suspend called off at ${momentMs} ms`,
        );
        await harness.do('suspend', id, 2);
        await harness.mustBe(id, 'paused', 'after the same suspend');

        const isRunning = await callOff(harness, 'resume', id, momentMs, 3);
        await harness.mustBe(
          id,
          isRunning ? 'running' : 'paused',
          `after a resume called off at ${momentMs} ms`,
        );
        await harness.do('resume', id, 3);
        await harness.mustBe(id, 'running', 'after the same resume');
      }),
  },
  {
    name: 'called off in the middle: a snapshot leaves none, and it running',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const [id, snapshotId, copy] = [harness.newId(), harness.newId(), harness.newId()];
        await harness.do('boot', id, 1);
        const isDone = await callOff(harness, 'snapshot', id, momentMs, 2, snapshotId);
        await harness.mustBe(id, 'running', `after a snapshot was called off at ${momentMs} ms`);
        if (!isDone) await harness.mustFail('boot', copy, 1, { snapshotId });
        await harness.do('snapshot', id, 2, { snapshotId });
        await harness.do('boot', copy, 2, { snapshotId });
        await harness.mustBe(copy, 'running', 'after a boot from the same snapshot');
      }),
  },
];

async function atEachMoment(play: (momentMs: number) => Promise<void>): Promise<void> {
  await Promise.all(moments.map(play));
}
