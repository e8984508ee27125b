import assert from 'node:assert/strict';
import { OtherSandboxError, VersionError } from '../../../server/errors.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A command may name the version and the sandbox that it was made for. */
export const conditions: readonly Check[] = [
  {
    name: 'rejects a command for another version, and changes nothing',
    uses: ['ifVersion'],
    async run({ start, running }) {
      const host = await start();
      const { sandbox } = await running(host, { name: 'ada' });
      const { id, version } = sandbox;
      for (const ifVersion of [version - 1, version + 1]) {
        const sent = host.send(namespace, id, { type: 'suspend' }, { ifVersion });
        await assert.rejects(sent, (error) => error instanceof VersionError && error.version === version);
      }
      assert.deepEqual((await host.get(namespace, id)).sandbox, sandbox);
      const { result } = await host.send(namespace, id, { type: 'suspend' }, { ifVersion: version });
      assert.equal(result.outcome, 'applied');
    },
  },
  {
    name: 'lets one of many commands for the same version win',
    uses: ['ifVersion'],
    async run({ start, running, settlesInTime }) {
      const host = await start();
      const { id, version: ifVersion } = (await running(host, { name: 'ada' })).sandbox;
      const sent = Array.from({ length: 8 }, (_, index) =>
        host.send(namespace, id, { type: 'rename', name: `name-${index}` }, { ifVersion }),
      );
      const ends = await settlesInTime('Every command', Promise.allSettled(sent));
      const won = ends.filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1, `exactly one command must win, but ${won.length} did`);
      for (const end of ends)
        if (end.status === 'rejected') assert.ok(end.reason instanceof VersionError, `${end.reason}`);
      assert.equal((await host.get(namespace, id)).sandbox.version, ifVersion + 1);
    },
  },
  {
    name: 'rejects a command by name when the name belongs to another sandbox by now',
    uses: ['ifSandbox'],
    async run({ start, running }) {
      const host = await start();
      const first = (await running(host, { name: 'ada' })).sandbox;
      await host.send(namespace, first.id, { type: 'rename', name: 'bea' });
      const { sandbox: second } = await running(host, { name: 'ada' });
      const sent = host.send(namespace, 'ada', { type: 'terminate' }, { ifSandbox: first.id });
      await assert.rejects(sent, OtherSandboxError);
      assert.deepEqual((await host.get(namespace, second.id)).sandbox, second);
    },
  },
];
