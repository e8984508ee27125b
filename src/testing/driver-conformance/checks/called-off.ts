import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, moments } from '../check.ts';
import type { Kind, Stage } from '../harness.ts';

const reason = new Error('called off');

/** Calls a job off after a moment, 0 for at once. Answers whether it was done all the same. */
async function callOff(
  stage: Stage,
  kind: Kind,
  id: string,
  momentMs: number,
  operation: number,
  snapshotId = '',
) {
  const controller = new AbortController();
  const how = { signal: controller.signal, ...(snapshotId !== '' && { snapshotId }) };
  const settled = stage.call(kind, id, operation, how).then(
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
  if (!isDone) await stage.quiet();
  return isDone;
}

/** A job that is called off settles, and leaves everything as it was. */
export const calledOff: readonly Check[] = [
  {
    name: 'called off before it begins: nothing is done',
    async run(stage) {
      const [id, snapshotId] = [stage.newId(), stage.newId()];
      const signal = AbortSignal.abort(reason);
      const refused = (kind: Kind, operation: number) =>
        assert.rejects(
          stage.call(kind, id, operation, { signal, ...(kind === 'snapshot' && { snapshotId }) }),
          `${kind} ${operation} must reject: it was called off before it began.`,
        );
      await refused('boot', 1);
      await stage.mustBe(id, 'absent', 'after a boot that was called off');
      await stage.do('boot', id, 1);
      await refused('snapshot', 2);
      await stage.mustFail('boot', stage.newId(), 1, { snapshotId });
      await refused('suspend', 3);
      await stage.mustBe(id, 'running', 'after a suspend that was called off');
      await stage.do('suspend', id, 4);
      await refused('resume', 5);
      await stage.mustBe(id, 'paused', 'after a resume that was called off');
    },
  },
  {
    name: 'called off in the middle: a boot leaves nothing, and can be done again',
    run: (stage) =>
      atEachMoment(async (momentMs) => {
        const id = stage.newId();
        const isDone = await callOff(stage, 'boot', id, momentMs, 1);
        await stage.mustBe(id, isDone ? 'running' : 'absent', `after a boot called off at ${momentMs} ms`);
        await stage.do('boot', id, 1);
        await stage.mustBe(id, 'running', 'after the same boot');
      }),
  },
  {
    name: 'called off in the middle: a suspend leaves it running, a resume paused, and both can be done again',
    run: (stage) =>
      atEachMoment(async (momentMs) => {
        const id = stage.newId();
        await stage.do('boot', id, 1);
        const isPaused = await callOff(stage, 'suspend', id, momentMs, 2);
        await stage.mustBe(
          id,
          isPaused ? 'paused' : 'running',
          `after a suspend called off at ${momentMs} ms`,
        );
        await stage.do('suspend', id, 2);
        await stage.mustBe(id, 'paused', 'after the same suspend');

        const isRunning = await callOff(stage, 'resume', id, momentMs, 3);
        await stage.mustBe(
          id,
          isRunning ? 'running' : 'paused',
          `after a resume called off at ${momentMs} ms`,
        );
        await stage.do('resume', id, 3);
        await stage.mustBe(id, 'running', 'after the same resume');
      }),
  },
  {
    name: 'called off in the middle: a snapshot leaves none, and it running',
    run: (stage) =>
      atEachMoment(async (momentMs) => {
        const [id, snapshotId, copy] = [stage.newId(), stage.newId(), stage.newId()];
        await stage.do('boot', id, 1);
        const isDone = await callOff(stage, 'snapshot', id, momentMs, 2, snapshotId);
        await stage.mustBe(id, 'running', `after a snapshot was called off at ${momentMs} ms`);
        if (!isDone) await stage.mustFail('boot', copy, 1, { snapshotId });
        await stage.do('snapshot', id, 2, { snapshotId });
        await stage.do('boot', copy, 2, { snapshotId });
        await stage.mustBe(copy, 'running', 'after a boot from the same snapshot');
      }),
  },
];

async function atEachMoment(play: (momentMs: number) => Promise<void>): Promise<void> {
  await Promise.all(moments.map(play));
}
