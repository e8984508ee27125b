import { describe, expect, test } from 'vitest';
import { absenceReason } from '../../../../src/server/reconciler/absence.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const minute = 60_000;

/** Creates sandboxes that are old enough to be judged. Returns their ids. */
async function settled(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++) ids.push((await on.running(`box-${made}`)).id);
  await on.clock.advance(5 * minute);
  return ids;
}

const ended = async () =>
  (await on.store.history({ after: 0, limit: 10_000 })).filter(({ event }) =>
    ['crashed', 'lost'].includes(event.type),
  ).length;
const counts = () => on.seen.flatMap((seen) => (seen.type === 'absences' ? [seen.count] : []));

describe('absence alone', () => {
  test.each([
    [1, 1, 1],
    [2, 1, 1],
    [3, 2, 0],
    [19, 1, 1],
    [20, 2, 2],
    [20, 3, 0],
    [39, 3, 3],
    [40, 40, 0],
  ])('of %i living sandboxes: when %i are missing, %i end', async (living, missing, ends) => {
    const ids = await settled(living);
    for (const id of ids.slice(0, missing)) on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    expect(await ended()).toBe(ends);
    expect(on.host.absences()?.count ?? 0).toBe(ends === 0 ? missing : 0);
  });

  test('above the limit ends nothing for as long as it lasts, and reports each change once', async () => {
    const ids = await settled(12);
    const platform = new Map(on.driver.platform);
    on.driver.platform.clear();
    await on.clock.advance(120 * minute);
    expect(await ended()).toBe(0);
    expect(counts()).toEqual([12]);
    expect(on.host.absences()).toEqual({ count: 12, living: 12, sandboxIds: [...ids].sort() });
    for (const [id, state] of [...platform].slice(0, 6)) on.driver.platform.set(id, state);
    await on.clock.advance(minute);
    expect(on.host.absences()?.count).toBe(6);
    for (const [id, state] of platform) on.driver.platform.set(id, state);
    await on.clock.advance(10 * minute);
    expect(on.host.absences()).toBeNull();
    expect(counts()).toEqual([12, 6, 0]);
    expect(await ended()).toBe(0);
  });

  test('counts running and suspended sandboxes together', async () => {
    const ids = await settled(10);
    for (const id of ids.slice(0, 5)) await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.advance(5 * minute);
    for (const id of [ids[0], ids[9]]) on.driver.platform.delete(id ?? '');
    await on.clock.advance(5 * minute);
    expect(on.host.absences()?.count).toBe(2);
  });

  test('lists at most a hundred ids', async () => {
    await settled(120);
    on.driver.platform.clear();
    await on.clock.advance(3 * minute);
    expect(on.host.absences()).toMatchObject({ count: 120, living: 120 });
    expect(on.host.absences()?.sandboxIds).toHaveLength(100);
  });

  test('is kept in memory: after a restart it needs new looks', async () => {
    await settled(4);
    on.driver.platform.clear();
    await on.clock.advance(5 * minute);
    expect(on.host.absences()?.count).toBe(4);
    await on.restart();
    on.driver.platform.clear();
    expect(on.host.absences()).toBeNull();
    await on.clock.advance(5 * minute);
    expect(on.host.absences()?.count).toBe(4);
  });
});

describe('a confirmation of absent sandboxes', () => {
  test('ends those that are still absent, and no others', async () => {
    const ids = await settled(6);
    for (const id of ids.slice(0, 5)) on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    on.driver.platform.set(ids[0] ?? '', 'running');
    const confirmed = await on.host.confirmAbsences(5);
    expect([...confirmed].sort()).toEqual(ids.slice(1, 5).sort());
    expect(await ended()).toBe(4);
    expect((await on.record(ids[1] ?? '')).outcome).toMatchObject({
      reason: 'crashed',
      detail: absenceReason,
    });
    expect((await on.record(ids[0] ?? '')).status).toBe('running');
    expect(on.host.absences()).toBeNull();
    expect(counts()).toEqual([5, 0]);
  });

  test('for another number is rejected, also when none waits', async () => {
    await settled(4);
    await expect(on.host.confirmAbsences(1)).rejects.toThrow(/no sandbox is waiting/);
    await expect(on.host.confirmAbsences(0)).rejects.toThrow(/no sandbox is waiting/);
    on.driver.platform.clear();
    await on.clock.advance(3 * minute);
    await expect(on.host.confirmAbsences(3)).rejects.toThrow(/for 3 .* 4 sandboxes are waiting/);
    expect(await ended()).toBe(0);
  });

  test('does not cover sandboxes that vanish after it was given', async () => {
    const ids = await settled(30);
    for (const id of ids.slice(0, 10)) on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    await on.host.confirmAbsences(10);
    for (const id of ids.slice(10, 20)) on.driver.platform.delete(id);
    await on.clock.advance(10 * minute);
    expect(await ended()).toBe(10);
    expect(on.host.absences()?.count).toBe(10);
  });

  test('fails, and ends nothing, when the platform cannot be read', async () => {
    await settled(4);
    on.driver.platform.clear();
    await on.clock.advance(3 * minute);
    const { inventory } = on.driver;
    on.driver.inventory = async () => Promise.reject(new Error('no response'));
    await expect(on.host.confirmAbsences(4)).rejects.toThrow('no response');
    expect(await ended()).toBe(0);
    on.driver.inventory = inventory;
    expect(await on.host.confirmAbsences(4)).toHaveLength(4);
  });
});

describe('the release of a sandbox that ended by absence', () => {
  const released = () => on.driver.log().filter((line) => line.startsWith('release')).length;

  test.each(['crashed', 'lost'])('waits for the grace when it is %s', async (reason) => {
    const [id = ''] = await settled(1);
    if (reason === 'lost') await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.advance(5 * minute);
    on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    const { outcome, terminatedAt } = await on.record(id);
    expect(outcome?.reason).toBe(reason);
    await on.clock.advance((terminatedAt ?? 0) + 15 * minute - 1 - on.clock.now());
    expect(released()).toBe(0);
    await on.clock.advance(1);
    expect(released()).toBe(1);
    expect((await on.store.get(id))?.released).toBe(true);
  });

  test('waits for the rest of the grace after a restart', async () => {
    const [id = ''] = await settled(1);
    on.driver.platform.delete(id);
    await on.clock.advance(13 * minute);
    expect((await on.record(id)).status).toBe('terminated');
    await on.restart();
    await on.clock.advance(4 * minute);
    expect(released()).toBe(0);
    await on.clock.advance(minute);
    expect(released()).toBe(1);
  });

  test('waits at most one more grace when the wall clock is set back', async () => {
    const [id = ''] = await settled(1);
    on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    on.clock.jump(-1_000 * minute);
    await on.restart();
    await on.clock.advance(15 * minute);
    expect(released()).toBe(1);
  });

  test('does not wait when the driver knows that a running sandbox has exited', async () => {
    const [id = ''] = await settled(1);
    on.driver.inspect = async () => ({ state: 'exited', exitCode: null, reason: 'killed' });
    on.driver.platform.delete(id);
    await on.clock.advance(minute);
    expect(released()).toBe(1);
  });

  test('waits also when the driver knows that a suspended sandbox has exited', async () => {
    const [id = ''] = await settled(1);
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    on.driver.inspect = async () => ({ state: 'exited', exitCode: null, reason: 'killed' });
    on.driver.platform.delete(id);
    await on.clock.advance(10 * minute);
    expect((await on.record(id)).outcome?.reason).toBe('lost');
    expect(released()).toBe(0);
    await on.clock.advance(6 * minute);
    expect(released()).toBe(1);
  });

  test('leaves a sandbox alone that turns up again, until the grace has passed', async () => {
    const [id = ''] = await settled(1);
    on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    on.driver.platform.set(id, 'running');
    await on.clock.advance(14 * minute);
    expect(on.driver.platform.has(id)).toBe(true);
    await on.clock.advance(2 * minute);
    expect(on.driver.platform.has(id)).toBe(false);
  });

  test('does not delay a stop of the host', async () => {
    const [id = ''] = await settled(1);
    on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    await on.host.close();
    expect(on.seen.filter(({ type }) => type === 'problem')).toEqual([]);
    expect(released()).toBe(0);
  });
});
