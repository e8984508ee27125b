import assert from 'node:assert/strict';
import { checkHistory } from '../../../server/store/check-history.ts';
import { NameTakenError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { namespace, wholeHistory } from '../harness.ts';

/** Several hosts on the same data are one host to their users. */
export const several: readonly Check[] = [
  {
    name: 'shows a command through one host to every other at once',
    needs: 'another',
    async run({ start, another, running }) {
      const one = await start();
      const two = await another(one);
      const { id } = (await running(one, { name: 'ada' })).sandbox;
      const hosts = [one, two];
      for (let round = 0; round < 6; round++) {
        const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
        const { entry } = await writer.send(namespace, id, { type: 'rename', name: `name-${round}` });
        assert.deepEqual((await reader.get(namespace, `name-${round}`)).sandbox, entry.sandbox);
      }
      for (const host of hosts)
        assert.equal(checkHistory(await wholeHistory(host, id), await host.get(namespace, id)), undefined);
    },
  },
  {
    name: 'applies every command that arrives through several hosts at once, and gives a name once',
    needs: 'another',
    async run({ start, another, running, settlesInTime }) {
      const one = await start();
      const two = await another(one);
      const { id, version } = (await running(one, { name: 'ada' })).sandbox;
      const sent = Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : two).send(namespace, id, { type: 'rename', name: `name-${index}` }),
        ),
      );
      await settlesInTime('Every command', sent);
      assert.equal((await two.get(namespace, id)).sandbox.version, version + 10);
      const created = [one, two, one, two].map((host) => host.create({ namespace, name: 'bea' }));
      const ends = await settlesInTime('Every creation', Promise.allSettled(created));
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1, 'one creation must win');
      for (const end of ends)
        if (end.status === 'rejected') assert.ok(end.reason instanceof NameTakenError, `${end.reason}`);
    },
  },
  {
    name: 'carries out each operation once, whichever host gets the command',
    needs: 'another',
    async run({ start, another, running, until, platform, inTime, quiet }) {
      const one = await start();
      const two = await another(one);
      const { id } = (await running(one, { name: 'ada' })).sandbox;
      await two.send(namespace, id, { type: 'suspend' });
      await until(one, id, 'suspended');
      await one.send(namespace, id, { type: 'resume' });
      await until(two, id, 'running');
      await two.send(namespace, id, { type: 'terminate' });
      await inTime('The sandbox must be released', async () => (await one.get(namespace, id)).released);
      await quiet();
      assert.deepEqual(platform.log(id), ['boot 1', 'suspend 2', 'resume 3', 'release 4']);
    },
  },
];
