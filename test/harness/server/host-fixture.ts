import { afterEach, beforeEach, expect } from 'vitest';
import type { Sandbox } from '../../../src/index.ts';
import {
  createHost,
  type Host,
  type HostOptions,
  type Observation,
  type Store,
} from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';
import { type FakeDriver, fakeDriver } from './fake-driver.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

/** A host on a virtual clock, with a driver under the control of the test, created again for each test. */
export interface HostFixture {
  readonly clock: VirtualClock;
  readonly driver: FakeDriver;
  readonly host: Host;
  readonly store: Store;
  /** All observations of the host, in order. */
  readonly seen: Observation[];
  /** Starts another host on the same store and platform, as after a crash. */
  restart(options?: Partial<HostOptions>): Promise<void>;
  /** Creates a sandbox and waits until it runs. */
  running(name: string | null, timeoutSeconds?: number): Promise<Sandbox>;
  /** The current record. */
  record(id: string): Promise<Sandbox>;
}

/** The one namespace of these tests. */
export const namespace = 'default';

/** Sets up a host before each test, and closes it after. `options` are those of the host. */
export function hostFixture(options: Partial<HostOptions> = {}): HostFixture {
  let now: Omit<HostFixture, 'restart' | 'running' | 'record'>;

  beforeEach(async () => {
    const store = options.store ?? memoryStore();
    now = await start(store, virtualClock(), fakeDriver(), {});
  });
  afterEach(() => now.host.close());

  async function start(store: Store, clock: VirtualClock, driver: FakeDriver, more: Partial<HostOptions>) {
    const seen: Observation[] = [];
    const observe = (observation: Observation) => void seen.push(observation);
    const host = await createHost({ store, driver, clock, random: () => 0, observe, ...options, ...more });
    return { clock, driver, host, store, seen };
  }

  return {
    get clock() {
      return now.clock;
    },
    get driver() {
      return now.driver;
    },
    get host() {
      return now.host;
    },
    get store() {
      return now.store;
    },
    get seen() {
      return now.seen;
    },
    async restart(more = {}) {
      await now.host.close();
      now = await start(now.store, now.clock, fakeDriver(now.driver.platform), more);
    },
    async running(name, timeoutSeconds) {
      const { sandbox } = await now.host.create({ namespace, name, timeoutSeconds });
      await now.clock.settle();
      const { status } = (await now.host.get(namespace, sandbox.id)).sandbox;
      expect(status).toBe('running');
      return (await now.host.get(namespace, sandbox.id)).sandbox;
    },
    async record(id) {
      return (await now.host.get(namespace, id)).sandbox;
    },
  };
}
