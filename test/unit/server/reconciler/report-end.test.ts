import { describe, expect, test } from 'vitest';
import { DriverError } from '../../../../src/server/index.ts';
import { fail, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();

describe('the report of a driver that a program exited', () => {
  test.each([
    [0, 'completed'],
    [7, 'crashed'],
    [null, 'crashed'],
  ])('with the code %s ends the sandbox as %s', async (exitCode, reason) => {
    const { id, incarnation } = await on.running('ada');
    on.driver.crash({ sandboxId: id, incarnation: incarnation ?? 0, reason: 'it ended', exitCode });
    await on.clock.settle();
    expect((await on.record(id)).outcome).toMatchObject({ reason, exitCode, detail: 'it ended' });
    expect((await on.host.history(namespace, id)).at(-1)).toMatchObject({
      event: { type: 'exited' },
      actor: 'platform',
      cause: 'operation 1',
    });
  });

  test('without a code is a crash', async () => {
    const { id } = await on.running('ada');
    on.driver.crash({ sandboxId: id, incarnation: 1, reason: 'its machine died' });
    await on.clock.settle();
    expect((await on.host.history(namespace, id)).at(-1)?.event.type).toBe('crashed');
  });

  test('waits for the boot that started it', async () => {
    const { sandbox } = await on.host.create({ namespace });
    on.driver.crash({ sandboxId: sandbox.id, incarnation: 1, reason: 'done', exitCode: 0 });
    await on.clock.settle();
    expect((await on.record(sandbox.id)).outcome?.reason).toBe('completed');
  });

  test('waits until a suspend has failed', async () => {
    const { id } = await on.running('ada');
    let refuse = () => {};
    on.driver.script(
      'suspend',
      () =>
        new Promise((_, reject) => {
          refuse = () => reject(new DriverError('no process', { retryable: false }));
        }),
    );
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.crash({ sandboxId: id, incarnation: 1, reason: 'done', exitCode: 0 });
    await on.clock.advance(5_000);
    expect((await on.record(id)).status).toBe('suspending');
    refuse();
    await on.clock.advance(2_000);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'completed', exitCode: 0 });
  });

  test('waits until a suspend has timed out, also when the driver hangs', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', () => new Promise(() => {}));
    await on.host.send(namespace, id, { type: 'suspend' });
    on.driver.crash({ sandboxId: id, incarnation: 1, reason: 'failed', exitCode: 4 });
    // The inventory still lists it, so that its absence does not end it first.
    on.driver.platform.set(id, 'running');
    await on.clock.advance(320_000);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', exitCode: 4 });
    const closed = on.host.close();
    await on.clock.advance(60_000);
    await closed;
  });

  test('has no effect when the suspend succeeds after all, and does not stop a host from closing', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    await on.host.send(namespace, id, { type: 'suspend' });
    on.driver.crash({ sandboxId: id, incarnation: 1, reason: 'failed', exitCode: 4 });
    await on.clock.settle();
    await on.host.close();
    expect((await on.store.get(id))?.sandbox.status).toBe('suspending');
  });
});

describe('what a driver reports', () => {
  const long = 'é'.repeat(5_000);
  const bytes = (text: string | null | undefined) => Buffer.byteLength(text ?? '');

  test('as the reason of a crash or an exit is cut at 1 KiB', async () => {
    const [crashed, exited] = [await on.running('ada'), await on.running('grace')];
    on.driver.crash({ sandboxId: crashed.id, incarnation: 1, reason: long });
    on.driver.crash({ sandboxId: exited.id, incarnation: 1, reason: long, exitCode: 1 });
    await on.clock.settle();
    for (const { id } of [crashed, exited]) {
      const detail = (await on.record(id)).outcome?.detail;
      expect(bytes(detail)).toBeGreaterThan(1_000);
      expect(bytes(detail)).toBeLessThanOrEqual(1_024);
      expect(detail).toMatch(/^é+…$/);
    }
  });

  test('as the reason of a failure is cut at 1 KiB', async () => {
    on.driver.script('boot', fail(new DriverError('x'.repeat(1_000_000), { retryable: false })));
    const { sandbox } = await on.host.create({ namespace });
    await on.clock.settle();
    const { outcome, lastOperation } = await on.record(sandbox.id);
    expect(bytes(outcome?.detail)).toBe(1_024);
    expect(lastOperation?.reason).toBe(outcome?.detail);
  });

  test('of exactly 1 KiB stays whole', async () => {
    const { id } = await on.running('ada');
    const reason = `${'x'.repeat(1_022)}é`;
    on.driver.crash({ sandboxId: id, incarnation: 1, reason });
    await on.clock.settle();
    expect((await on.record(id)).outcome?.detail).toBe(reason);
  });

  test.each([
    [{ sizeBytes: 12, uri: 's3://a' }, { sizeBytes: 12, uri: 's3://a' }, 0],
    [{ sizeBytes: 0 }, { sizeBytes: 0, uri: null }, 0],
    [{ sizeBytes: -1 }, { sizeBytes: null, uri: null }, 1],
    [{ sizeBytes: 1.5, uri: 's3://a' }, { sizeBytes: null, uri: 's3://a' }, 1],
    [{ sizeBytes: Number.MAX_SAFE_INTEGER + 1 }, { sizeBytes: null, uri: null }, 1],
    [{ sizeBytes: '12', uri: 7 }, { sizeBytes: null, uri: null }, 2],
    [{ sizeBytes: 12, uri: 'é'.repeat(1_025) }, { sizeBytes: 12, uri: null }, 1],
    [{ uri: 'é'.repeat(1_024) }, { sizeBytes: null, uri: 'é'.repeat(1_024) }, 0],
  ])('of a snapshot is checked: %j', async (captured, stored, problems) => {
    const { id } = await on.running('ada');
    on.driver.script('snapshot', async () => captured as object);
    const { entry } = await on.host.send(namespace, id, { type: 'snapshot' });
    await on.clock.settle();
    const record = await on.host.getSnapshot(namespace, entry.sandbox.snapshotId ?? '');
    expect(record).toMatchObject({ status: 'completed', ...stored });
    expect(on.seen.filter(({ type }) => type === 'problem')).toHaveLength(problems);
  });

  test('that is not well-formed does not stop the host', async () => {
    const { id } = await on.running('ada');
    on.driver.crash({ sandboxId: id, incarnation: 1, reason: undefined as never, exitCode: 'x' as never });
    await on.clock.settle();
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', exitCode: null });
  });
});
