import assert from 'node:assert/strict';
import { NotFoundError } from '../../../server/errors.ts';
import { NameTakenError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A name belongs to one living sandbox of a namespace. */
export const names: readonly Check[] = [
  {
    name: 'gives a name to one of many creations at once, and boots only that sandbox',
    async run({ start, platform, eventually, quiet, settlesInTime }) {
      const host = await start();
      const all = Array.from({ length: 6 }, () => host.create({ namespace, name: 'ada' }));
      const ends = await settlesInTime('Every creation', Promise.allSettled(all));
      const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.sandbox.id] : []));
      assert.equal(won.length, 1, `exactly one creation must win, but ${won.length} did`);
      for (const end of ends)
        if (end.status === 'rejected') assert.ok(end.reason instanceof NameTakenError, `${end.reason}`);
      assert.equal((await host.get(namespace, 'ada')).sandbox.id, won[0]);
      await eventually('The winner must boot', () => platform.calls.length > 0);
      await quiet();
      assert.deepEqual(
        platform.calls.map(({ sandboxId }) => sandboxId),
        won,
      );
      await host.create({ namespace: 'elsewhere', name: 'ada' });
    },
  },
  {
    name: 'frees the name of a sandbox that is renamed or terminated, and rejects one that is taken',
    async run({ start, running }) {
      const host = await start();
      const first = (await running(host, { name: 'ada' })).sandbox;
      await host.send(namespace, first.id, { type: 'rename', name: 'bea' });
      const second = (await running(host, { name: 'ada' })).sandbox;
      await assert.rejects(host.create({ namespace, name: 'bea' }), NameTakenError);
      const renamed = host.send(namespace, second.id, { type: 'rename', name: 'bea' });
      await assert.rejects(renamed, NameTakenError);
      assert.deepEqual((await host.get(namespace, 'ada')).sandbox, second);
      await host.send(namespace, first.id, { type: 'terminate' });
      await assert.rejects(host.get(namespace, 'bea'), NotFoundError);
      await host.send(namespace, second.id, { type: 'rename', name: 'bea' });
      assert.equal((await host.get(namespace, 'bea')).sandbox.id, second.id);
    },
  },
];
