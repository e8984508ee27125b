import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformCallKind } from '../../../server/driver/driver.ts';
import { type Check, moments } from '../check.ts';
import type { Harness } from '../harness.ts';

const reason = new Error('aborted');

/** Aborts a job after a delay; 0 for at once. Returns whether the job completed anyway. */
async function abortAfter(
  harness: Harness,
  kind: PlatformCallKind,
  id: string,
  momentMs: number,
  operation: number,
  snapshotId = '',
) {
  const controller = new AbortController();
  const options = { signal: controller.signal, ...(snapshotId !== '' && { snapshotId }) };
  const settled = harness.call(kind, id, operation, options).then(
    () => true,
    (error: unknown) => {
      if (error instanceof assert.AssertionError) throw error;
      return false;
    },
  );
  if (momentMs > 0) await sleep(momentMs);
  controller.abort(reason);
  const isDone = await settled;
  // Work that continues in the background shows only now.
  if (!isDone) await harness.quiet();
  return isDone;
}

/** An aborted job settles, and leaves the sandbox as it was. */
export const aborted: readonly Check[] = [
  {
    name: 'aborted before it begins: the call has no effect',
    async run(harness) {
      const [id, snapshotId] = [harness.newId(), harness.newId()];
      const signal = AbortSignal.abort(reason);
      const mustReject = (kind: PlatformCallKind, operation: number) =>
        assert.rejects(
          harness.call(kind, id, operation, { signal, ...(kind === 'snapshot' && { snapshotId }) }),
          `${kind} ${operation} must reject, because it was aborted before it began.`,
        );
      await mustReject('boot', 1);
      await harness.mustBe(id, 'absent', 'after an aborted boot');
      await harness.do('boot', id, 1);
      await mustReject('snapshot', 2);
      await harness.mustFail('boot', harness.newId(), 1, { snapshotId });
      await mustReject('suspend', 3);
      await harness.mustBe(id, 'running', 'after an aborted suspend');
      await harness.do('suspend', id, 4);
      await mustReject('resume', 5);
      await harness.mustBe(id, 'paused', 'after an aborted resume');
    },
  },
  {
    name: 'aborted in progress: a boot leaves nothing, and can be repeated',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const id = harness.newId();
        const isDone = await abortAfter(harness, 'boot', id, momentMs, 1);
        await harness.mustBe(id, isDone ? 'running' : 'absent', `after a boot aborted at ${momentMs} ms`);
        await harness.do('boot', id, 1);
        await harness.mustBe(id, 'running', 'after the repeated boot');
      }),
  },
  {
    name: 'aborted in progress: a suspend leaves the sandbox running, a resume leaves it paused, and both can be repeated',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const id = harness.newId();
        await harness.do('boot', id, 1);
        const isPaused = await abortAfter(harness, 'suspend', id, momentMs, 2);
        await harness.mustBe(
          id,
          isPaused ? 'paused' : 'running',
          `after a suspend aborted at ${momentMs} ms`,
        );
        await harness.do('suspend', id, 2);
        await harness.mustBe(id, 'paused', 'after the repeated suspend');

        const isRunning = await abortAfter(harness, 'resume', id, momentMs, 3);
        await harness.mustBe(
          id,
          isRunning ? 'running' : 'paused',
          `after a resume aborted at ${momentMs} ms`,
        );
        await harness.do('resume', id, 3);
        await harness.mustBe(id, 'running', 'after the repeated resume');
      }),
  },
  {
    name: 'aborted in progress: a snapshot leaves the sandbox running and no snapshot',
    run: (harness) =>
      atEachMoment(async (momentMs) => {
        const [id, snapshotId, copy] = [harness.newId(), harness.newId(), harness.newId()];
        await harness.do('boot', id, 1);
        const isDone = await abortAfter(harness, 'snapshot', id, momentMs, 2, snapshotId);
        await harness.mustBe(id, 'running', `after a snapshot aborted at ${momentMs} ms`);
        if (!isDone) await harness.mustFail('boot', copy, 1, { snapshotId });
        await harness.do('snapshot', id, 2, { snapshotId });
        await harness.do('boot', copy, 2, { snapshotId });
        await harness.mustBe(copy, 'running', 'after a boot from the repeated snapshot');
      }),
  },
];

async function atEachMoment(run: (momentMs: number) => Promise<void>): Promise<void> {
  await Promise.all(moments.map(run));
}
