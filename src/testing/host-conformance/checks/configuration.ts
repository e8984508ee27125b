import assert from 'node:assert/strict';
import { NameTakenError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** The configuration beside the record has generations, and an update is one commit. */
export const configuration: readonly Check[] = [
  {
    name: 'counts a generation for each change of the configuration, and brings the platform the newest',
    uses: ['configure'],
    async run({ start, running, platform, inTime }) {
      const host = await start();
      const { id, version, generation } = (await running(host)).sandbox;
      for (const port of [8080, 9090]) {
        const command = { type: 'configure', configuration: { exposedPorts: [port] } } as const;
        assert.equal((await host.send(namespace, id, command)).result.outcome, 'applied');
      }
      const entry = await host.get(namespace, id);
      assert.equal(entry.sandbox.generation, generation + 2);
      assert.equal(entry.sandbox.version, version + 2);
      assert.deepEqual(entry.configuration.exposedPorts, [9090]);
      await inTime('The platform must get the newest generation', () =>
        platform.log(id).includes(`configure ${generation + 2}`),
      );
    },
  },
  {
    name: 'applies all changes of an update in one commit, or none',
    uses: ['update'],
    async run({ start, running }) {
      const host = await start();
      await running(host, { name: 'bea' });
      const { sandbox } = await running(host, { name: 'ada' });
      const changes = { timeoutSeconds: 500, configuration: { exposedPorts: [8080] } };
      const taken = host.update(namespace, sandbox.id, { name: 'bea', ...changes });
      await assert.rejects(taken, NameTakenError);
      const unchanged = await host.get(namespace, sandbox.id);
      assert.deepEqual(unchanged.sandbox, sandbox);
      assert.equal(unchanged.configuration.exposedPorts, null);
      const updated = await host.update(namespace, sandbox.id, { name: 'cat', ...changes });
      assert.equal(updated.sandbox.version, sandbox.version + 3);
      assert.deepEqual(updated.configuration.exposedPorts, [8080]);
      const rows = await host.history(namespace, sandbox.id, { afterVersion: sandbox.version });
      assert.deepEqual(
        rows.map(({ event }) => event.type),
        ['rename', 'setTimeouts', 'configure'],
      );
    },
  },
];
