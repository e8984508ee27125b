import assert from 'node:assert/strict';
import { transition } from '../../../machine/transition.ts';
import type { Status } from '../../../model/sandbox.ts';
import { NotFoundError } from '../../../server/errors.ts';
import type { CommandRequest } from '../../../server/host.ts';
import type { Check } from '../check.ts';
import { type CheckedHost, type Harness, namespace } from '../harness.ts';

const plainCommands = [
  { type: 'suspend' },
  { type: 'resume' },
  { type: 'terminate' },
  { type: 'keepalive' },
] as const satisfies readonly CommandRequest[];

/** Commands are decided by the machine, and change the record exactly when they apply. */
export const commands: readonly Check[] = [
  {
    name: 'creates a pending sandbox at version 1, and finds it by id and by name in its own namespace',
    async run({ start, platform }) {
      const boot = platform.hold('boot');
      const host = await start();
      const created = await host.create({ namespace, name: 'ada', timeoutSeconds: 300 });
      const { id, status, version, operation, timeoutMs } = created.sandbox;
      assert.deepEqual(
        { status, version, operation: operation?.id, kind: operation?.kind, timeoutMs },
        { status: 'pending', version: 1, operation: 1, kind: 'boot', timeoutMs: 300_000 },
      );
      for (const idOrName of [id, 'ada'])
        assert.deepEqual((await host.get(namespace, idOrName)).sandbox, created.sandbox);
      for (const [where, idOrName] of [
        ['elsewhere', id],
        ['elsewhere', 'ada'],
        [namespace, 'unknown'],
      ] as const) {
        await assert.rejects(host.get(where, idOrName), NotFoundError);
        await assert.rejects(host.history(where, idOrName), NotFoundError);
        await assert.rejects(host.send(where, idOrName, { type: 'terminate' }), NotFoundError);
      }
      assert.deepEqual((await host.get(namespace, id)).sandbox, created.sandbox, 'nothing may have changed');
      boot.finish();
    },
  },
  {
    name: 'returns the outcome and the refusal of the machine for each command in each status',
    async run(harness) {
      const host = await harness.start();
      for (const name of ['ada', null]) {
        for (const status of statuses(name)) {
          for (const command of plainCommands) {
            const { before, finish } = await sandboxIn(harness, host, status, name);
            const { entry, result } = await host.send(namespace, before.id, command);
            const expected = transition(before, { ...command, at: before.updatedAt });
            const when = `${command.type} of a ${name === null ? 'nameless' : 'named'} ${status} sandbox`;
            assert.equal(result.outcome, expected.outcome, when);
            assert.equal(result.refusal?.code, expected.refusal?.code, when);
            assert.equal(result.refusal?.message, expected.refusal?.message, when);
            assert.equal(result.reason, expected.reason, when);
            const changed = result.outcome === 'applied' ? 1 : 0;
            assert.equal(entry.sandbox.version, before.version + changed, when);
            if (changed === 0) assert.deepEqual(entry.sandbox, before, `${when} must not change the record`);
            await host.send(namespace, before.id, { type: 'terminate' });
            finish();
          }
        }
      }
    },
  },
  {
    name: 'leaves the record, the history and the platform alone when a command is refused or has nothing to do',
    async run(harness) {
      const host = await harness.start();
      const { sandbox } = await harness.running(host, { name: null });
      const log = harness.platform.log(sandbox.id);
      for (const type of ['suspend', 'resume', 'keepalive'] as const) {
        const { result } = await host.send(namespace, sandbox.id, { type });
        assert.notEqual(result.outcome, 'applied');
      }
      await harness.quiet();
      assert.deepEqual((await host.get(namespace, sandbox.id)).sandbox, sandbox);
      assert.equal((await host.history(namespace, sandbox.id)).length, sandbox.version);
      assert.deepEqual(harness.platform.log(sandbox.id), log);
    },
  },
  {
    name: 'applies every one of many commands that arrive at once, and counts the version once for each',
    async run(harness) {
      const host = await harness.start();
      const { sandbox } = await harness.running(host, { name: 'ada' });
      const wanted = Array.from({ length: 12 }, (_, index) => `name-${index}`);
      const all = wanted.map((name) => host.send(namespace, sandbox.id, { type: 'rename', name }));
      const sent = await harness.settlesInTime('Every command', Promise.all(all));
      const versions = sent.map(({ entry }) => entry.sandbox.version).sort((a, b) => a - b);
      assert.deepEqual(
        versions,
        wanted.map((_, index) => sandbox.version + index + 1),
        'each rename must have a version of its own',
      );
      const last = sent.find(({ entry }) => entry.sandbox.version === versions.at(-1));
      assert.equal((await host.get(namespace, sandbox.id)).sandbox.name, last?.entry.sandbox.name);
    },
  },
];

/** The statuses that a sandbox of this name can have, but for `snapshotting`. */
function statuses(name: string | null): readonly Status[] {
  return name === null
    ? ['pending', 'running', 'terminated']
    : ['pending', 'running', 'suspending', 'suspended', 'terminated'];
}

/** Brings a new sandbox into a status, and holds the operation that would end it. */
async function sandboxIn(harness: Harness, host: CheckedHost, status: Status, name: string | null) {
  const { platform, running, until } = harness;
  if (status === 'pending') {
    const { finish } = platform.hold('boot');
    return { before: (await host.create({ namespace, name })).sandbox, finish };
  }
  const { id } = (await running(host, { name })).sandbox;
  let finish = () => {};
  if (status === 'suspending') finish = platform.hold('suspend').finish;
  if (status === 'suspending' || status === 'suspended') await host.send(namespace, id, { type: 'suspend' });
  if (status === 'terminated') await host.send(namespace, id, { type: 'terminate' });
  return { before: (await until(host, id, status)).sandbox, finish };
}
