import { describe, expect, test } from 'vitest';
import { describeError } from '../../../../src/cli/errors.ts';
import { createHost, type Driver, IdentityError, type Store } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { type FakeDriver, fakeDriver } from '../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

/** A store with an identity, as on a disk. */
function storeWith(id: string, driverKind: string | null = null): Store & { kind(): string | null } {
  let kind = driverKind;
  return {
    ...memoryStore(),
    kind: () => kind,
    identity: {
      read: async () => ({ id, driverKind: kind }),
      async writeDriverKind(written) {
        kind = written;
      },
    },
  };
}

/** A driver with a state that has this owner, and one running sandbox. */
function driverWith(owner: string | null, kind = 'process'): FakeDriver & { owner(): string | null } {
  let mark = owner;
  return {
    ...fakeDriver(new Map([['box', 'running']])),
    kind,
    owner: () => mark,
    ownership: {
      read: async () => mark,
      async write(identity) {
        mark = identity;
      },
    },
  };
}

async function start(store: Store, driver: Driver): Promise<void> {
  const clock = virtualClock();
  const host = await createHost({ store, driver, clock });
  await clock.advance(60_000);
  await host.close();
}

describe('a host at its start', () => {
  test('marks a new database with the kind of the driver, and a new state with the database', async () => {
    const [store, driver] = [storeWith('db-1'), driverWith(null)];
    await start(store, driver);
    expect([store.kind(), driver.owner()]).toEqual(['process', 'db-1']);
    await start(store, driverWith('db-1'));
  });

  test.each<[string, Store, FakeDriver, RegExp]>([
    [
      'the state belongs to another database',
      storeWith('db-2', 'process'),
      driverWith('db-1'),
      /belong to the database db-1, but this is the database db-2\. Restore/,
    ],
    [
      'the database is new, and the state is not',
      storeWith('db-2'),
      driverWith('db-1'),
      /belong to the database db-1/,
    ],
    [
      'the database was used with another kind of driver',
      storeWith('db-1', 'process'),
      driverWith('db-1', 'simulated'),
      /used with the driver "process", not "simulated"\. Start/,
    ],
    [
      'the store has no identity, and the state has an owner',
      memoryStore(),
      driverWith('db-1'),
      /the store has no identity/,
    ],
  ])('refuses when %s, before it acts', async (_, store, driver, sentence) => {
    let looks = 0;
    driver.inventory = async () => {
      looks += 1;
      return [];
    };
    const error = await start(store, driver).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityError);
    expect(describeError(error)).toMatch(sentence);
    expect([driver.calls, driver.adopted, looks]).toEqual([[], [], 0]);
  });

  test('leaves no mark when it refuses', async () => {
    const store = storeWith('db-2');
    const driver = driverWith('db-1');
    await expect(start(store, driver)).rejects.toThrow(IdentityError);
    expect([store.kind(), driver.owner()]).toEqual([null, 'db-1']);
    const wrongKind = driverWith(null, 'simulated');
    await expect(start(storeWith('db-1', 'process'), wrongKind)).rejects.toThrow(IdentityError);
    expect(wrongKind.owner()).toBeNull();
  });

  test('closes the store and the driver when it refuses', async () => {
    const closed: string[] = [];
    const store = { ...storeWith('db-2'), close: async () => void closed.push('store') };
    const driver = { ...driverWith('db-1'), close: async () => void closed.push('driver') };
    await expect(start(store, driver)).rejects.toThrow(IdentityError);
    expect(closed.sort()).toEqual(['driver', 'store']);
  });

  test('fails when a mark cannot be read', async () => {
    const driver = {
      ...driverWith(null),
      ownership: {
        read: () => Promise.reject(new Error('EIO')),
        write: () => Promise.reject(new Error('EIO')),
      },
    };
    await expect(start(storeWith('db-1'), driver)).rejects.toThrow('EIO');
  });

  test('compares nothing where a side has no identity', async () => {
    await start(memoryStore(), fakeDriver());
    const store = storeWith('db-1', 'process');
    await start(store, fakeDriver());
    expect(store.kind()).toBe('process');
  });
});
