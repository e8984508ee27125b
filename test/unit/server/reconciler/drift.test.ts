import { describe, expect, test } from 'vitest';
import { absenceReason } from '../../../../src/server/reconciler/absence.ts';
import { hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const minute = 60_000;
const drift = () => on.seen.flatMap((seen) => (seen.type === 'drift' ? [[seen.kind, seen.sandboxId]] : []));

describe('the inventory of the platform', () => {
  test('changes nothing when it matches the records', async () => {
    await on.running('ada');
    await on.running(null);
    await on.running('grace');
    await on.host.send(namespace, 'grace', { type: 'suspend' });
    await on.clock.advance(10 * minute);
    expect(drift()).toEqual([]);
    expect(on.driver.adopted).toEqual([]);
  });

  test('without a running sandbox is in the end a crash', async () => {
    const { id } = await on.running('ada');
    on.driver.platform.delete(id);
    await on.clock.advance(5 * minute);
    expect(drift()).toEqual([['missing', id]]);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', detail: absenceReason });
    expect((await on.host.history(namespace, id)).at(-1)?.cause).toBe('drift');
  });

  test('without a suspended sandbox means in the end that it is lost', async () => {
    const { id } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.platform.delete(id);
    await on.clock.advance(5 * minute);
    expect(drift()).toEqual([['lost', id]]);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'lost', detail: absenceReason });
  });

  test('with a released sandbox leads to another release', async () => {
    const { id } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'terminate' });
    await on.clock.settle();
    on.driver.platform.set(id, 'running');
    await on.clock.advance(minute);
    expect(drift()).toEqual([['undead', id]]);
    expect(on.driver.platform.size).toBe(0);
    expect((await on.store.get(id))?.released).toBe(true);
  });

  test('with the wrong state leads to a pause or a continue', async () => {
    const runs = await on.running('ada');
    const sleeps = await on.running('grace');
    await on.host.send(namespace, sleeps.id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.platform.set(runs.id, 'paused');
    on.driver.platform.set(sleeps.id, 'running');
    await on.clock.advance(minute);
    expect(new Map(drift() as [string, string][])).toEqual(
      new Map([
        ['paused', runs.id],
        ['running', sleeps.id],
      ]),
    );
    expect(on.driver.platform.get(runs.id)).toBe('running');
    expect(on.driver.platform.get(sleeps.id)).toBe('paused');
  });

  test('is not compared while an operation is in progress', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    await on.host.send(namespace, id, { type: 'suspend' });
    on.driver.platform.set(id, 'paused');
    on.driver.script('boot', hang);
    await on.host.create({ namespace });
    await on.clock.advance(minute);
    expect(drift()).toEqual([]);
  });

  test('is read twice: a record that changes in between is not drift', async () => {
    const { id } = await on.running('ada');
    const { inventory } = on.driver;
    let reads = 0;
    on.driver.inventory = async () => {
      const found = reads++ === 0 ? [{ sandboxId: id, state: 'paused' as const }] : await inventory();
      if (reads === 1) await on.host.send(namespace, id, { type: 'rename', name: 'grace' });
      return found;
    };
    await on.clock.advance(minute);
    expect(drift()).toEqual([]);
    expect(reads).toBe(2);
    expect(on.driver.adopted).toEqual([]);
  });

  test('is also read at startup', async () => {
    const { id } = await on.running('ada');
    await on.host.close();
    on.driver.platform.delete(id);
    on.driver.platform.set('orphan-1', 'running');
    await on.restart();
    // The driver does not report the missing sandbox, so only the inventory shows it.
    on.driver.platform.delete(id);
    await on.clock.settle();
    expect(drift()).toContainEqual(['orphan', 'orphan-1']);
  });

  test('that cannot be read is reported as a problem, and read again', async () => {
    const { id } = await on.running('ada');
    const { inventory } = on.driver;
    on.driver.inventory = async () => Promise.reject(new Error('no response'));
    await on.clock.advance(minute);
    expect(on.seen).toContainEqual({ type: 'problem', error: new Error('no response'), sandboxId: null });
    on.driver.inventory = inventory;
    on.driver.platform.set(id, 'paused');
    await on.clock.advance(minute);
    expect(drift()).toEqual([['paused', id]]);
  });

  test('is repaired even where one repair fails', async () => {
    const stuck = await on.running('ada');
    const other = await on.running('grace');
    const { adopt } = on.driver;
    on.driver.adopt = async (sandboxes) => {
      if (sandboxes[0]?.sandboxId === stuck.id) throw new Error('stuck');
      await adopt(sandboxes);
    };
    for (const { id } of [stuck, other]) on.driver.platform.set(id, 'paused');
    await on.clock.advance(minute);
    expect(on.driver.platform).toEqual(
      new Map([
        [stuck.id, 'paused'],
        [other.id, 'running'],
      ]),
    );
    on.driver.adopt = adopt;
    await on.clock.advance(minute);
    expect(on.driver.platform.get(stuck.id)).toBe('running');
  });
});
