import assert from 'node:assert/strict';
import { checkHistory } from '../../../server/store/check-history.ts';
import type { Check } from '../check.ts';
import { namespace, wholeHistory } from '../harness.ts';

/** The history has each applied event once, and leads to the record. */
export const histories: readonly Check[] = [
  {
    name: 'has a history without gaps that folds to the record, and names the actor and the cause',
    async run({ start, running, until }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada', timeoutSeconds: 600 })).sandbox;
      const origin = { actor: 'ada', cause: 'request 7' };
      await host.send(namespace, id, { type: 'suspend' }, origin);
      await until(host, id, 'suspended');
      await host.send(namespace, id, { type: 'resume' }, origin);
      await until(host, id, 'running');
      await host.send(namespace, id, { type: 'rename', name: 'bea' }, origin);
      await host.send(namespace, id, { type: 'terminate' }, origin);
      const rows = await wholeHistory(host, id);
      assert.equal(checkHistory(rows, await host.get(namespace, id))?.message, undefined);
      const origins = rows.map(({ event, actor, cause }) => `${event.type} by ${actor}, ${cause}`);
      for (const type of ['suspend', 'resume', 'rename', 'terminate'])
        assert.ok(origins.includes(`${type} by ada, request 7`), origins.join('; '));
      assert.ok(origins.includes('boot.completed by platform, operation 1'), origins.join('; '));
    },
  },
  {
    name: 'returns the history in parts, after a version and up to a limit',
    async run({ start, running }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      for (const name of ['b', 'c', 'd']) await host.send(namespace, id, { type: 'rename', name });
      const versions = async (part: Parameters<typeof host.history>[2]) =>
        (await host.history(namespace, id, part)).map(({ version }) => version);
      assert.deepEqual(await versions({}), [1, 2, 3, 4, 5]);
      assert.deepEqual(await versions({ afterVersion: 1, limit: 3 }), [2, 3, 4]);
      assert.deepEqual(await versions({ afterVersion: 4, limit: 3 }), [5]);
      assert.deepEqual(await versions({ afterVersion: 5 }), []);
    },
  },
];
