import { describe, expect, test } from 'vitest';
import type { Inspection } from '../../../../src/server/index.ts';
import { absenceReason } from '../../../../src/server/reconciler/absence.ts';
import { hang } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

/** A look each minute, and a grace of a minute and a half: an absence lasts at least two and a half minutes. */
const on = hostFixture({ driftIntervalSeconds: 60, absenceGraceSeconds: 90 });
const second = 1_000;
const minute = 60 * second;

/** Creates a sandbox that is old enough to be judged, with the next look in a minute. */
async function settled(name = 'ada'): Promise<string> {
  const { id } = await on.running(name);
  await on.clock.advance(5 * minute);
  return id;
}

async function suspended(): Promise<string> {
  const { id } = await on.running('ada');
  await on.host.send(namespace, id, { type: 'suspend' });
  await on.clock.advance(5 * minute);
  return id;
}

const status = async (id: string) => (await on.record(id)).status;

/** Makes the driver inspect. `reply` answers for each sandbox. */
function inspecting(reply: (id: string) => Inspection | Promise<Inspection>): string[] {
  const asked: string[] = [];
  on.driver.inspect = async (id) => {
    asked.push(id);
    return reply(id);
  };
  return asked;
}

describe('a running sandbox that the inventory omits', () => {
  test('ends when looks an interval and a grace apart omit it, and every look between', async () => {
    const id = await settled();
    on.driver.platform.delete(id);
    // Looks at 0, 60, 120 and 180 s.
    await on.clock.advance(minute + 179 * second);
    expect(await status(id)).toBe('running');
    await on.clock.advance(second);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', detail: absenceReason });
  });

  test('lives when one look in between finds it', async () => {
    const id = await settled();
    for (let round = 0; round < 5; round++) {
      on.driver.platform.delete(id);
      await on.clock.advance(2 * minute);
      on.driver.platform.set(id, 'running');
      await on.clock.advance(minute);
    }
    expect(await status(id)).toBe('running');
  });

  test('is not judged sooner when the wall clock is set forward', async () => {
    const id = await settled();
    on.driver.platform.delete(id);
    await on.clock.advance(minute);
    on.clock.jump(60 * minute);
    await on.clock.advance(minute);
    expect(await status(id)).toBe('running');
  });

  test('is not judged for a grace after its boot', async () => {
    const { inventory } = on.driver;
    const bootedAt = on.clock.elapsed?.() ?? 0;
    // The listing lags by 200 s, which is more than the looks alone would allow.
    on.driver.inventory = async () => ((on.clock.elapsed?.() ?? 0) - bootedAt < 200_000 ? [] : inventory());
    const { id } = await on.running('ada');
    await on.clock.advance(10 * minute);
    expect(await status(id)).toBe('running');
  });

  test('is not judged for a grace after its resume', async () => {
    const id = await suspended();
    on.driver.platform.delete(id);
    await on.clock.advance(2 * minute);
    await on.host.send(namespace, id, { type: 'resume' });
    await on.clock.settle();
    on.driver.platform.delete(id);
    await on.clock.advance(4 * minute);
    expect(await status(id)).toBe('running');
    await on.clock.advance(2 * minute);
    expect(await status(id)).toBe('terminated');
  });

  test('is not judged for a grace after the start of the host', async () => {
    const id = await settled();
    on.driver.platform.delete(id);
    await on.clock.advance(2 * minute);
    await on.restart();
    on.driver.platform.delete(id);
    await on.clock.advance(4 * minute);
    expect(await status(id)).toBe('running');
    await on.clock.advance(2 * minute);
    expect(await status(id)).toBe('terminated');
  });

  test('is judged although its record changes all the time', async () => {
    const id = await settled();
    on.driver.platform.delete(id);
    const { inventory } = on.driver;
    let names = 0;
    on.driver.inventory = async () => {
      if (await on.store.get(id).then((entry) => entry?.sandbox.status === 'running'))
        await on.host.send(namespace, id, { type: 'rename', name: `ada-${names++}` });
      return inventory();
    };
    await on.clock.advance(5 * minute);
    expect(await status(id)).toBe('terminated');
  });

  test('lives while the looks fail, because a failed look does not count', async () => {
    const id = await settled();
    on.driver.inventory = async () => Promise.reject(new Error('no response'));
    await on.clock.advance(60 * minute);
    expect(await status(id)).toBe('running');
  });

  test('lives when the second reading of each look fails', async () => {
    const id = await settled();
    let reads = 0;
    on.driver.inventory = async () => {
      if (reads++ % 2 === 1) throw new Error('no response');
      return [];
    };
    await on.clock.advance(60 * minute);
    expect(await status(id)).toBe('running');
  });

  test('does not wait for an inventory that hangs', async () => {
    const id = await settled();
    const { inventory } = on.driver;
    on.driver.inventory = () => new Promise(() => {});
    await on.clock.advance(3 * minute);
    on.driver.inventory = inventory;
    on.driver.platform.set(id, 'paused');
    await on.clock.advance(3 * minute);
    expect(on.driver.platform.get(id)).toBe('running');
  });
});

describe('with a driver that inspects, a sandbox that the inventory omits', () => {
  test('lives as long as the driver finds it', async () => {
    const id = await settled();
    const asked = inspecting(() => ({ state: 'running' }));
    on.driver.platform.delete(id);
    await on.clock.advance(60 * minute);
    expect(await status(id)).toBe('running');
    expect(asked.length).toBeGreaterThan(50);
  });

  test('lives when one inspection in between finds it', async () => {
    const id = await settled();
    let calls = 0;
    inspecting(() => ({ state: ++calls % 3 === 0 ? 'paused' : 'absent' }));
    on.driver.platform.delete(id);
    await on.clock.advance(60 * minute);
    expect(await status(id)).toBe('running');
  });

  test('ends after the same time when the driver has no trace of it', async () => {
    const id = await settled();
    inspecting(() => ({ state: 'absent' }));
    on.driver.platform.delete(id);
    await on.clock.advance(minute + 179 * second);
    expect(await status(id)).toBe('running');
    await on.clock.advance(second);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', detail: absenceReason });
  });

  test.each<[string, () => Promise<Inspection>]>([
    ['fails', () => Promise.reject(new Error('EMFILE'))],
    ['hangs', () => new Promise<Inspection>(() => {})],
  ])('lives as long as the inspection %s', async (_, reply) => {
    const id = await settled();
    inspecting(reply);
    on.driver.platform.delete(id);
    await on.clock.advance(30 * minute);
    expect(await status(id)).toBe('running');
    expect(on.seen.some((seen) => seen.type === 'problem' && seen.sandboxId === id)).toBe(true);
  });

  test('keeps its evidence over an inspection that fails', async () => {
    const id = await settled();
    let calls = 0;
    inspecting(() => (++calls === 3 ? Promise.reject(new Error('EMFILE')) : { state: 'absent' }));
    on.driver.platform.delete(id);
    await on.clock.advance(4 * minute);
    expect(await status(id)).toBe('terminated');
  });

  test('is not inspected after many failures in one look', async () => {
    for (let count = 0; count < 40; count++) await on.running(`box-${count}`);
    await on.clock.advance(5 * minute);
    const asked = inspecting(() => Promise.reject(new Error('EMFILE')));
    on.driver.platform.clear();
    await on.clock.advance(minute);
    expect(asked.length).toBeLessThan(40);
  });

  test('ends at the first look when it has exited by itself, with its exit code', async () => {
    const { id } = await on.running('ada');
    inspecting(() => ({ state: 'exited', exitCode: 3, reason: 'exited with code 3' }));
    on.driver.platform.delete(id);
    await on.clock.advance(minute);
    expect((await on.record(id)).outcome).toMatchObject({
      reason: 'crashed',
      exitCode: 3,
      detail: 'exited with code 3',
    });
    expect(on.driver.log().at(-1)).toBe('release 2');
  });

  test('ends at the first look when something else ended it', async () => {
    const { id } = await on.running('ada');
    inspecting(() => ({ state: 'exited', exitCode: null, reason: 'killed' }));
    on.driver.platform.delete(id);
    await on.clock.advance(minute);
    expect((await on.record(id)).outcome).toMatchObject({
      reason: 'crashed',
      exitCode: null,
      detail: 'killed',
    });
  });

  test('ends with code 0 as completed, also when many exited at once', async () => {
    const ids = [];
    for (let count = 0; count < 12; count++) ids.push((await on.running(`box-${count}`)).id);
    inspecting(() => ({ state: 'exited', exitCode: 0, reason: 'done' }));
    on.driver.platform.clear();
    await on.clock.advance(minute);
    for (const id of ids) expect((await on.record(id)).outcome?.reason).toBe('completed');
  });

  test('waits with an exit until its suspend has ended', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    await on.host.send(namespace, id, { type: 'suspend' });
    inspecting(() => ({ state: 'exited', exitCode: 3, reason: 'exited with code 3' }));
    on.driver.platform.delete(id);
    await on.clock.advance(4 * minute);
    expect(await status(id)).toBe('suspending');
    await on.clock.advance(3 * minute);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'crashed', exitCode: 3 });
  });
});

describe('a suspended sandbox that the inventory omits', () => {
  test('is lost after the same time, and its version is that of the look', async () => {
    const id = await suspended();
    const { version } = await on.record(id);
    on.driver.platform.delete(id);
    await on.clock.advance(3 * minute);
    expect(await status(id)).toBe('suspended');
    await on.clock.advance(minute);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'lost', detail: absenceReason });
    expect((await on.host.history(namespace, id)).at(-1)?.event).toMatchObject({ type: 'lost', version });
  });

  test('is lost at the first look when the driver knows that it has exited', async () => {
    const { id } = await on.running('ada');
    await on.host.send(namespace, id, { type: 'suspend' });
    await on.clock.settle();
    inspecting(() => ({ state: 'exited', exitCode: 1, reason: 'its process was killed' }));
    on.driver.platform.delete(id);
    await on.clock.advance(minute);
    expect((await on.record(id)).outcome).toMatchObject({ reason: 'lost', detail: 'its process was killed' });
  });

  test('lives when it is resumed while the host asks about it', async () => {
    const id = await suspended();
    on.driver.platform.delete(id);
    let calls = 0;
    inspecting(async () => {
      if (++calls === 4) {
        await on.host.send(namespace, id, { type: 'resume' });
        await on.clock.settle();
      }
      return { state: 'absent' };
    });
    await on.clock.advance(4 * minute);
    expect(calls).toBeGreaterThanOrEqual(4);
    expect(await status(id)).toBe('running');
  });
});
