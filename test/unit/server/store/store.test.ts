import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { storeConformance } from '../../../../src/testing/store-conformance/index.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the memory store', () => {
  for (const { name, run } of storeConformance({ open: memoryStore })) test(name, run);
});

describe('the memory store that several hosts share', () => {
  const clocks = new WeakMap<Store, VirtualClock>();
  const options = {
    open() {
      const clock = virtualClock();
      const store = sharedMemoryStore({ clock });
      clocks.set(store, clock);
      return store;
    },
    another: (store: Store) => (store as SharedMemoryStore).another(),
    passTime: (store: Store, milliseconds: number) => clocks.get(store)?.advance(milliseconds),
  };
  for (const { name, run } of storeConformance(options)) test(name, run);
});

describe('the SQLite store', () => {
  let opened = 0;
  const paths = new WeakMap<Store, string>();
  const openAt = (path: string) => {
    const store = sqliteStore(path);
    paths.set(store, path);
    return store;
  };
  const options = {
    open: () => openAt(join(folder, `${opened++}.db`)),
    async reopen(store: Store) {
      await store.close();
      return openAt(paths.get(store) ?? '');
    },
  };
  for (const { name, run } of storeConformance(options)) test(name, run);
});
