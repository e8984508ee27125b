import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { type HostSetup, hostConformance } from '../../../../src/testing/index.ts';
import { hostsOn } from '../../../harness/server/hosts-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'hosts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const limitMs = 120_000;

describe('a host on the memory store', () => {
  for (const { name, run } of hostConformance({ ...hostsOn({ open: () => memoryStore() }), limitMs }))
    test(name, run);
});

describe('a host on SQLite', () => {
  const paths = new WeakMap<Store, string>();
  let files = 0;
  function openFile(path: string): Store {
    const store = sqliteStore(path);
    paths.set(store, path);
    return store;
  }
  const sqlite = {
    open: () => openFile(join(folder, `${files++}.db`)),
    async reopen(store: Store) {
      await store.close();
      return openFile(paths.get(store) ?? '');
    },
  };
  for (const { name, run } of hostConformance({ ...hostsOn(sqlite), limitMs })) test(name, run);
});

describe('hosts on a store that several share', () => {
  const shared = {
    open: ({ clock }: HostSetup) => sharedMemoryStore(clock && { clock }),
    another: (store: Store) => (store as SharedMemoryStore).another(),
  };
  for (const { name, run } of hostConformance({ ...hostsOn(shared), limitMs })) test(name, run);
});

describe('a part that an engine lacks', () => {
  test('skips the checks that use it, and their names have the reason', () => {
    const reason = 'the engine has no index';
    const checks = hostConformance({ ...hostsOn({ open: () => memoryStore() }), lacks: { list: reason } });
    const skipped = checks.filter((check) => check.skipped?.includes(reason));
    expect(skipped.map(({ name }) => name)).toEqual([
      expect.stringContaining('(skipped: the host lacks list: the engine has no index) lists each'),
      expect.stringContaining('(skipped: the host lacks list: the engine has no index) lists a sandbox'),
    ]);
  });
});
