import assert from 'node:assert/strict';
import { checkHistory } from '../../../server/store/check-history.ts';
import { NameTakenError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { namespace, wholeHistory } from '../harness.ts';

/** A crash loses nothing that was answered, and the next host does the work that is left. */
export const restarts: readonly Check[] = [
  {
    name: 'has every answered command after a crash, and the names',
    needs: 'restart',
    async run({ start, running, restart }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      for (const name of ['b', 'c', 'd']) await host.send(namespace, id, { type: 'rename', name });
      const { entry } = await host.send(namespace, id, { type: 'setTimeouts', timeoutSeconds: 900 });
      const rows = await wholeHistory(host, id);
      const next = await restart(host);
      assert.deepEqual((await next.get(namespace, 'd')).sandbox, entry.sandbox);
      assert.deepEqual(await wholeHistory(next, id), rows);
      assert.equal(checkHistory(rows, entry)?.message, undefined);
      await assert.rejects(next.create({ namespace, name: 'd' }), NameTakenError);
    },
  },
  {
    name: 'continues an operation after a crash, under the same id',
    needs: 'restart',
    async run({ start, restart, until, platform, eventually, inTime }) {
      const held = platform.hold('boot');
      const host = await start();
      const { id } = (await host.create({ namespace, name: 'ada' })).sandbox;
      await eventually('The boot must start', held.call);
      const next = await restart(host);
      await until(next, id, 'running');
      assert.deepEqual(platform.log(id), ['boot 1', 'boot 1']);
      await next.send(namespace, id, { type: 'terminate' });
      await inTime('The sandbox must be released', async () => (await next.get(namespace, id)).released);
    },
  },
  {
    name: 'releases a sandbox after a crash during its release',
    needs: 'restart',
    async run({ start, running, restart, platform, eventually, inTime }) {
      const host = await start();
      const { id } = (await running(host)).sandbox;
      const held = platform.hold('release');
      await host.send(namespace, id, { type: 'terminate' });
      await eventually('The release must start', held.call);
      const next = await restart(host);
      await inTime('The sandbox must be released', async () => (await next.get(namespace, id)).released);
      assert.deepEqual(platform.log(id), ['boot 1', 'release 2', 'release 2']);
    },
  },
  {
    name: 'fires a run limit that passed while no host ran, once',
    needs: 'restart',
    async run({ start, running, restart, until, passUntil, quiet }) {
      const host = await start();
      const { id, expiresAt } = (await running(host, { name: 'ada', timeoutSeconds: 3 })).sandbox;
      const next = await restart(host, () => passUntil((expiresAt ?? 0) + 1_000));
      await until(next, id, 'suspended');
      await quiet();
      const rows = await wholeHistory(next, id);
      const timeouts = rows.filter(({ event }) => event.type === 'timeout');
      assert.equal(timeouts.length, 1, `one timeout must fire, but ${timeouts.length} did`);
      assert.ok((timeouts[0]?.at ?? 0) >= (expiresAt ?? 0));
      assert.equal(checkHistory(rows, await next.get(namespace, id))?.message, undefined);
    },
  },
];
