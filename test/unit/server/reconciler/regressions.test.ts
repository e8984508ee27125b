import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../../src/server/create-host.ts';
import { DriverError, type Job } from '../../../../src/server/driver/driver.ts';
import { StoppingError } from '../../../../src/server/errors.ts';
import type { Host } from '../../../../src/server/host.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { type FakeDriver, fakeDriver, hang } from '../../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

/** Bugs that the simulation has found, each in its shortest form. */

const namespace = 'default';
let clock: VirtualClock;
let store: Store;
let driver: FakeDriver;
let host: Host;

beforeEach(async () => {
  clock = virtualClock();
  store = memoryStore();
  driver = fakeDriver();
  host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 20 });
});

afterEach(async () => {
  const closed = host.close();
  await clock.advance(30_000);
  await closed;
});

async function running(name: string): Promise<string> {
  const { sandbox } = await host.create({ namespace, name });
  await clock.settle();
  expect(await status(sandbox.id)).toBe('running');
  return sandbox.id;
}

const status = async (id: string) => (await store.get(id))?.sandbox.status;

/** Makes the store persist the next commit that leads to this status, and then report an error. */
function loseResponse(to: string): void {
  const { commit } = store;
  store.commit = async (step) => {
    const committed = await commit(step);
    if (step.change?.history?.to !== to || step.change.history.event.type === 'created') return committed;
    store.commit = commit;
    throw new Error('The response was lost.');
  };
}

/** A job that ends when the test ends it, even after an abort. */
function held(): { readonly act: (job: Job) => Promise<undefined>; readonly end: () => void } {
  let end = () => {};
  const act = () =>
    new Promise<undefined>((resolve) => {
      end = () => resolve(undefined);
    });
  return { act, end: () => end() };
}

test('a release that hangs is aborted after its time limit, and retried', async () => {
  const id = await running('ada');
  driver.script('release', hang, async () => undefined);
  await host.send(namespace, id, { type: 'terminate' });
  await clock.advance(59_999);
  expect(driver.log()).toEqual(['boot 1', 'release 2']);
  await clock.advance(1_000);
  expect(driver.log()).toEqual(['boot 1', 'release 2', 'release 2']);
  expect((await store.get(id))?.released).toBe(true);
});

test('an orphan whose release hangs does not delay other repairs', async () => {
  const id = await running('ada');
  driver.platform.set('orphan', 'running');
  driver.script('release', hang, async () => undefined);
  await clock.advance(920_000);
  expect(driver.log()).toEqual(['boot 1', 'release 0']);
  driver.platform.set(id, 'paused');
  await clock.advance(90_000);
  expect(driver.log()).toEqual(['boot 1', 'release 0', 'release 0']);
  expect([...driver.platform]).toEqual([[id, 'running']]);
});

test('an operation that was retried after a lost response of the store is aborted when the record does not demand it', async () => {
  const id = await running('ada');
  driver.script('suspend', async () => undefined, hang);
  loseResponse('suspended');
  await host.send(namespace, id, { type: 'suspend' });
  await clock.advance(1_000);
  expect(await status(id)).toBe('suspended');
  expect(driver.log()).toEqual(['boot 1', 'suspend 2', 'suspend 2']);
  const again = driver.calls[2]?.job.signal;
  expect(again?.aborted).toBe(false);
  await clock.advance(20_000);
  expect(again?.aborted).toBe(true);
});

test('the data of a completed snapshot stays when a second attempt of its capture ends after an abort', async () => {
  const id = await running('ada');
  const second = held();
  driver.script('snapshot', async () => ({}), second.act);
  loseResponse('running');
  const { entry } = await host.send(namespace, id, { type: 'snapshot' });
  await clock.advance(1_000);
  await host.send(namespace, id, { type: 'terminate' });
  second.end();
  await clock.advance(30_000);
  const snapshotId = entry.sandbox.snapshotId ?? '';
  expect((await host.getSnapshot(namespace, snapshotId)).status).toBe('completed');
  expect(driver.deletedSnapshots).toEqual([]);
});

describe('an operation in flight at a restart waits for the adoption', () => {
  /** Restarts the host during a snapshot, after a downtime. Returns the calls of the driver in order. */
  async function restart(adopt: (adopted: () => Promise<void>) => Promise<void>): Promise<string[]> {
    const id = await running('ada');
    driver.script('snapshot', hang);
    await host.send(namespace, id, { type: 'snapshot' });
    await clock.settle();
    await host.close();
    await clock.advance(100_000);
    const order: string[] = [];
    driver = fakeDriver(driver.platform);
    const real = driver.adopt;
    driver.adopt = (sandboxes) =>
      adopt(async () => {
        order.push('adopt');
        await real(sandboxes);
      });
    driver.script('snapshot', async () => {
      order.push('snapshot');
      return {};
    });
    host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 1e6 });
    await clock.settle();
    expect((await store.get(id))?.sandbox.operation?.kind).toBe(order.length === 2 ? undefined : 'snapshot');
    return order;
  }

  test('also when the host moves its deadline before', async () => {
    expect(await restart((adopted) => adopted())).toEqual(['adopt', 'snapshot']);
  });

  test('also when a request changes its record before', async () => {
    let finish = () => {};
    const order = await restart(async (adopted) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await adopted();
    });
    await host.send(namespace, 'ada', { type: 'rename', name: 'grace' });
    await clock.settle();
    expect(order).toEqual([]);
    finish();
    await clock.settle();
    expect(order).toEqual(['adopt', 'snapshot']);
  });
});

test('an adoption does not resume a sandbox that was suspended meanwhile', async () => {
  const id = await running('ada');
  await host.close();
  driver = fakeDriver(driver.platform);
  const { adopt } = driver;
  let finish = () => {};
  driver.adopt = async (sandboxes) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return adopt(sandboxes);
  };
  host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 1e6 });
  await clock.settle();
  await host.send(namespace, id, { type: 'suspend' });
  await clock.settle();
  finish();
  await clock.settle();
  expect(await status(id)).toBe('suspended');
  expect(driver.platform.get(id)).toBe('paused');
});

test('a release does not wait for an adoption', async () => {
  const id = await running('ada');
  await host.close();
  driver = fakeDriver(driver.platform);
  driver.adopt = () => new Promise(() => {});
  host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 1e6 });
  await clock.settle();
  await host.send(namespace, id, { type: 'terminate' });
  await clock.settle();
  expect((await store.get(id))?.released).toBe(true);
});

test('an update to the current name is atomic: a concurrent rename cannot come between', async () => {
  const id = await running('ada');
  const { getByName } = store;
  store.getByName = async (...args) => {
    const entry = await getByName(...args);
    await host.send(namespace, id, { type: 'rename', name: 'grace' });
    return entry;
  };
  const update = { name: 'ada', configuration: { exposedPorts: [3000] } };
  const { sandbox, configuration } = await host.update(namespace, 'ada', update);
  expect([sandbox.name, configuration.exposedPorts]).toEqual(['ada', [3000]]);
});

test('a wait ends when its host closes, without a busy loop', async () => {
  const id = await running('ada');
  const waited = host.waitFor(namespace, id, ['terminated'], { timeoutMs: 60_000 });
  await clock.settle();
  let reads = 0;
  const { get } = store;
  store.get = (sandboxId) => {
    reads += 1;
    // A busy loop would block the event loop: fail rather than hang.
    if (reads > 100) throw new DriverError('The wait reads in a busy loop.', { retryable: false });
    return get(sandboxId);
  };
  const ended = expect(waited).rejects.toThrow(StoppingError);
  await host.close();
  await ended;
  expect(reads).toBeLessThan(10);
});

test('a wait finds a change that the store persisted before it reported an error', async () => {
  const id = await running('ada');
  const waited = host.waitFor(namespace, id, ['suspended'], { timeoutMs: 60_000 });
  await clock.settle();
  loseResponse('suspended');
  driver.script('suspend', async () => undefined, hang);
  await host.send(namespace, id, { type: 'suspend' });
  await clock.advance(6_000);
  expect(await Promise.race([waited, 'waiting'])).toMatchObject({ outcome: 'reached' });
});
