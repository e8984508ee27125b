import { describe, expect, test } from 'vitest';
import { KeyReusedError, NameTakenError, NotFoundError, VersionError } from '../../../../src/server/index.ts';
import { fail, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const suspend = { type: 'suspend' } as const;

describe('an expected version', () => {
  test('admits the command when it is the current one', async () => {
    const { id, version } = await on.running('ada');
    const { result } = await on.host.send(namespace, id, suspend, { ifVersion: version });
    expect(result.outcome).toBe('applied');
  });

  test('rejects the command when it is outdated, and changes nothing', async () => {
    const { id, version } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'rename', name: 'grace' });
    const late = on.host.send(namespace, id, suspend, { ifVersion: version });
    await expect(late).rejects.toThrow(new VersionError(version, version + 1));
    const update = on.host.update(
      namespace,
      id,
      { configuration: { exposedPorts: [1] } },
      { ifVersion: version },
    );
    await expect(update).rejects.toThrow('The sandbox is at version 3, not 2; read it again');
    expect(await on.record(id)).toMatchObject({ status: 'running', version: version + 1 });
  });

  test('is checked when the command is applied, not before', async () => {
    const { id, version } = await on.running('ada');
    const both = await Promise.allSettled([
      on.host.send(namespace, id, suspend, { ifVersion: version }),
      on.host.send(namespace, id, { type: 'terminate' }, { ifVersion: version }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('an idempotency key', () => {
  test('runs the same request once, and returns the same result', async () => {
    const request = { namespace, name: 'ada' };
    const first = await on.host.create(request, { idempotencyKey: 'k1' });
    await on.clock.settle();
    const again = await on.host.create(request, { idempotencyKey: 'k1' });
    expect(again).toEqual(first);
    expect((await on.host.list({ namespace, limit: 9 })).items).toHaveLength(1);
    expect(on.driver.log()).toEqual(['boot 1']);
  });

  test('returns the same result after a restart, and after later changes', async () => {
    const { id } = await on.running('ada');
    const first = await on.host.send(namespace, id, suspend, { idempotencyKey: 'k1' });
    await on.clock.settle();
    await on.host.send(namespace, id, { type: 'resume' });
    await on.restart();
    await on.clock.settle();
    expect(await on.host.send(namespace, id, suspend, { idempotencyKey: 'k1' })).toEqual(first);
    expect((await on.record(id)).status).toBe('running');
  });

  test('also stores refusals and results without a change', async () => {
    const { id } = await on.running(null);
    const refused = await on.host.send(namespace, id, suspend, { idempotencyKey: 'k1' });
    const satisfied = await on.host.send(namespace, id, { type: 'resume' }, { idempotencyKey: 'k2' });
    await on.host.send(namespace, id, { type: 'terminate' });
    expect(refused.result.refusal?.code).toBe('ephemeral');
    expect(await on.host.send(namespace, id, suspend, { idempotencyKey: 'k1' })).toEqual(refused);
    expect(await on.host.send(namespace, id, { type: 'resume' }, { idempotencyKey: 'k2' })).toEqual(
      satisfied,
    );
  });

  test('of any other request is rejected', async () => {
    const { id } = await on.running('ada');
    const other = await on.running('grace');
    await on.host.send(namespace, id, suspend, { idempotencyKey: 'k1' });
    const again = { idempotencyKey: 'k1' };
    for (const request of [
      () => on.host.send(namespace, id, { type: 'terminate' }, again),
      () => on.host.send(namespace, other.id, suspend, again),
      () => on.host.create({ namespace }, again),
      () => on.host.update(namespace, id, { name: 'x' }, again),
    ]) {
      await expect(request()).rejects.toThrow(KeyReusedError);
    }
    expect((await on.record(other.id)).status).toBe('running');
  });

  test('is separate for each namespace', async () => {
    const first = await on.host.create({ namespace }, { idempotencyKey: 'k1' });
    const second = await on.host.create({ namespace: 'elsewhere' }, { idempotencyKey: 'k1' });
    expect(second.sandbox.id).not.toBe(first.sandbox.id);
  });

  test('runs concurrent repetitions once', async () => {
    const { id } = await on.running('ada');
    const answers = await Promise.all(
      Array.from({ length: 9 }, () =>
        on.host.send(namespace, id, { type: 'snapshot' }, { idempotencyKey: 'k1' }),
      ),
    );
    expect(new Set(answers.map(({ entry }) => entry.sandbox.snapshotId)).size).toBe(1);
    expect((await on.host.listSnapshots({ namespace, limit: 9 })).items).toHaveLength(1);
  });

  test('of a failed request can be used again', async () => {
    await on.running('ada');
    const taken = on.host.create({ namespace, name: 'ada' }, { idempotencyKey: 'k1' });
    await expect(taken).rejects.toThrow(NameTakenError);
    await on.host.send(namespace, 'ada', { type: 'terminate' });
    expect((await on.host.create({ namespace, name: 'ada' }, { idempotencyKey: 'k1' })).sandbox.name).toBe(
      'ada',
    );
  });

  test('works for an update and for the deletion of a snapshot', async () => {
    const { id } = await on.running('ada');
    const key = { idempotencyKey: 'k1' };
    const named = await on.host.update(namespace, id, { name: 'grace' }, key);
    await on.host.update(namespace, id, { name: 'barbara' });
    expect(await on.host.update(namespace, id, { name: 'grace' }, key)).toEqual(named);
    expect((await on.record(id)).name).toBe('barbara');
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await on.clock.settle();
    await on.host.deleteSnapshot(namespace, snapshotId, { idempotencyKey: 'k2' });
    await on.host.deleteSnapshot(namespace, snapshotId, { idempotencyKey: 'k2' });
    await expect(on.host.getSnapshot(namespace, snapshotId)).rejects.toThrow(NotFoundError);
  });

  test('expires after a day', async () => {
    const { sandbox } = await on.host.create({ namespace }, { idempotencyKey: 'k1' });
    await on.clock.advance(24 * 3_600_000 - 1_000);
    expect((await on.host.create({ namespace }, { idempotencyKey: 'k1' })).sandbox.id).toBe(sandbox.id);
    await on.clock.advance(11 * 60_000);
    expect((await on.host.create({ namespace }, { idempotencyKey: 'k1' })).sandbox.id).not.toBe(sandbox.id);
  });
});

test('the history has the actor, the cause and the policy of each event', async () => {
  on.driver.script('suspend', fail(new Error('busy')), hang);
  const { id } = await on.running('ada', 60);
  await on.host.send(namespace, id, { type: 'rename', name: 'grace' }, { actor: 'eve', cause: 'request-7' });
  await on.clock.advance(60_000);
  on.driver.crash({ sandboxId: id, incarnation: 1, reason: 'exited' });
  await on.clock.settle();
  const rows = await on.host.history(namespace, id);
  expect(rows.map(({ version, from, to, actor, cause }) => [version, from, to, actor, cause])).toEqual([
    [1, null, 'pending', 'user', 'request'],
    [2, 'pending', 'running', 'platform', 'operation 1'],
    [3, 'running', 'running', 'eve', 'request-7'],
    [4, 'running', 'suspending', 'clock', 'deadline'],
    [5, 'suspending', 'terminated', 'platform', 'operation 1'],
  ]);
  expect(rows.at(-1)?.sandbox).toEqual(await on.record(id));
  expect(rows[0]?.policy).toEqual(on.host.policy);
  expect(rows[4]?.at).toBe(on.clock.now());
  expect(
    (await on.host.history(namespace, id, { afterVersion: 2, limit: 2 })).map(({ version }) => version),
  ).toEqual([3, 4]);
});
