import assert from 'node:assert/strict';
import { StoppingError } from '../../../server/errors.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A host that closes leaves the sandboxes as they are, and ends what waits. */
export const closing: readonly Check[] = [
  {
    name: 'leaves the sandboxes as they are when it closes, and closes its driver once',
    async run({ start, running, platform, quiet }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      await host.close();
      await host.close();
      await quiet();
      assert.equal(platform.closed, 1, 'the driver must be closed once');
      assert.deepEqual(platform.log(id), ['boot 1']);
      assert.equal(platform.states().get(id), 'running');
    },
  },
  {
    name: 'ends waits and watches when it closes',
    uses: ['watch', 'waitFor'],
    async run({ start, running, quiet, settles }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const waiting = host.waitFor(namespace, id, ['terminated'], { timeoutMs: 3_600_000 });
      const watching = (async () => {
        for await (const _ of host.watch({ namespace, signal: new AbortController().signal }));
      })();
      const ended = Promise.all([assert.rejects(waiting, StoppingError), watching]);
      await quiet();
      await settles('The close', host.close());
      await settles('Each wait and each watch', ended);
    },
  },
];
