import { describe, expect, test } from 'vitest';
import { fail, hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const minute = 60_000;
const drift = () => on.seen.flatMap((seen) => (seen.type === 'drift' ? [[seen.kind, seen.sandboxId]] : []));

describe('what the platform really has', () => {
  test('is left alone when it is as the records say', async () => {
    await on.running('ada');
    await on.running(null);
    await on.running('grace');
    await on.host.send(namespace, 'grace', { type: 'suspend' });
    await on.clock.advance(10 * minute);
    expect(drift()).toEqual([]);
    expect(on.driver.adopted).toEqual([]);
  });

  test('is nothing where the record says running: it has crashed', async () => {
    const { id } = await on.running('ada');
    on.driver.there.delete(id);
    await on.clock.advance(minute);
    expect(drift()).toEqual([['missing', id]]);
    expect((await on.record(id)).outcome).toMatchObject({
      reason: 'crashed',
      detail: expect.stringMatching(/gone when the platform/),
    });
    expect((await on.host.history(namespace, id)).at(-1)?.cause).toBe('drift');
  });

  test('is nothing where the record says suspended: it is told once, and there is nothing to be done', async () => {
    const { id } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.there.delete(id);
    await on.clock.advance(10 * minute);
    expect(drift()).toEqual([['lost', id]]);
    expect((await on.record(id)).status).toBe('suspended');
  });

  test('lives without a record: it is released', async () => {
    on.driver.there.set('nobodys', 'running');
    on.driver.there.set('nobodys-either', 'paused');
    await on.clock.advance(minute);
    expect(drift()).toEqual([
      ['orphan', 'nobodys'],
      ['orphan', 'nobodys-either'],
    ]);
    expect(on.driver.log()).toEqual(['release 0', 'release 0']);
    expect(on.driver.there.size).toBe(0);
  });

  test('lives after it was released: it is released again', async () => {
    const { id } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'terminate' });
    await on.clock.settle();
    on.driver.there.set(id, 'running');
    await on.clock.advance(minute);
    expect(drift()).toEqual([['undead', id]]);
    expect(on.driver.there.size).toBe(0);
    expect((await on.store.get(id))?.released).toBe(true);
  });

  test('is paused where the record says running, or runs where it says suspended: it is made so', async () => {
    const runs = await on.running('ada');
    const sleeps = await on.running('grace');
    await on.host.send(namespace, sleeps.id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.there.set(runs.id, 'paused');
    on.driver.there.set(sleeps.id, 'running');
    await on.clock.advance(minute);
    expect(new Map(drift() as [string, string][])).toEqual(
      new Map([
        ['paused', runs.id],
        ['running', sleeps.id],
      ]),
    );
    expect(on.driver.there.get(runs.id)).toBe('running');
    expect(on.driver.there.get(sleeps.id)).toBe('paused');
  });

  test('is nobody’s business while work is under way', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    await on.host.send(namespace, id, { type: 'suspend' });
    on.driver.there.set(id, 'paused');
    on.driver.script('boot', hang);
    await on.host.create({ namespace });
    await on.clock.advance(minute);
    expect(drift()).toEqual([]);
  });

  test('is judged twice: a record that moves on meanwhile is no drift', async () => {
    const { id } = await on.running('ada');
    const { inventory } = on.driver;
    let asked = 0;
    on.driver.inventory = async () => {
      const found = asked++ === 0 ? [] : await inventory();
      if (asked === 1) await on.host.send(namespace, id, { type: 'rename', name: 'grace' });
      return found;
    };
    await on.clock.advance(minute);
    expect(drift()).toEqual([]);
    expect(asked).toBe(2);
    expect((await on.record(id)).status).toBe('running');
  });

  test('is asked for at the start, too', async () => {
    const { id } = await on.running('ada');
    await on.host.close();
    on.driver.there.delete(id);
    on.driver.there.set('nobodys', 'running');
    await on.restart();
    // A driver that only takes note of what it is given: the look finds what it did not tell.
    on.driver.there.delete(id);
    await on.clock.settle();
    expect(drift()).toContainEqual(['orphan', 'nobodys']);
  });

  test('that cannot be had is a problem, and asked for again', async () => {
    const { id } = await on.running('ada');
    const { inventory } = on.driver;
    on.driver.inventory = async () => Promise.reject(new Error('no answer'));
    await on.clock.advance(minute);
    expect(on.seen).toContainEqual({ type: 'problem', error: new Error('no answer'), sandboxId: null });
    on.driver.inventory = inventory;
    on.driver.there.delete(id);
    await on.clock.advance(minute);
    expect(drift()).toEqual([['missing', id]]);
  });

  test('that cannot be put right keeps nothing else from it', async () => {
    on.driver.there.set('first', 'running');
    on.driver.there.set('second', 'running');
    on.driver.script('release', fail(new Error('stuck')), async () => undefined);
    await on.clock.advance(minute);
    expect([...on.driver.there.keys()]).toEqual(['first']);
    await on.clock.advance(minute);
    expect(on.driver.there.size).toBe(0);
  });
});
