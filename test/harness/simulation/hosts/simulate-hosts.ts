import assert from 'node:assert/strict';
import {
  type CommandRequest,
  checkHistory,
  type Driver,
  type Observation,
  type Store,
} from '../../../../src/server/index.ts';
import { ConflictError } from '../../../../src/server/store/errors.ts';
import { isUnsettled } from '../../../../src/server/store/indexed-fields.ts';
import { sharedMemoryStore } from '../../../../src/server/store/memory/shared-memory.ts';
import type { SharedStore } from '../../../../src/server/store/shared.ts';
import { type Clock, elapsedBy } from '../../../../src/utils/clock.ts';
import { virtualClock } from '../../server/virtual-clock.ts';
import { type MortalHost, startMortalHost } from './mortal-host.ts';
import { createSharedPlatform, type PlatformCall, type SharedPlatform } from './shared-platform.ts';

type HostStore = Store & { readonly shared: SharedStore };

/** A fault that is planted in each host. */
export interface PlantedFault {
  readonly store?: (store: HostStore, name: string) => HostStore;
  readonly driver?: (driver: Driver, platform: SharedPlatform, clock: Clock) => Driver;
  /** The share of the rounds that stop a host, from 0 to 0.5. */
  readonly stops?: number;
  /** Called after the start of a host. */
  readonly started?: (store: HostStore, driver: Driver) => Promise<void>;
}

/** The counts of a run. */
export interface HostsReport {
  readonly kills: number;
  readonly stops: number;
  readonly applied: number;
  readonly timeouts: number;
  readonly conflicts: number;
  /** The calls of the platform. */
  readonly calls: number;
}

const namespace = 'default';
const aliveSeconds = 3;
const hostCount = 3;
const rounds = 60;

/**
 * Runs several hosts on one store and one platform, on a virtual clock. Draws commands through any host, kills, stops and closes hosts,
 * and starts others. At the end the platform must match the records. Rejects with the first violation.
 */
export async function simulateHosts(seed: number, fault: PlantedFault = {}): Promise<HostsReport> {
  const { stops = 0.06 } = fault;
  const random = generator(seed);
  const clock = virtualClock();
  const base = sharedMemoryStore({ clock });
  const platform = createSharedPlatform(
    clock,
    () => (random() < 0.3 ? 4_000 : 50) + Math.floor(random() * 1_500),
  );
  const hosts: MortalHost[] = [];
  const report = { kills: 0, stops: 0, applied: 0, timeouts: 0, conflicts: 0, calls: 0 };
  const acknowledged: { readonly id: string; readonly version: number }[] = [];
  const violations: unknown[] = [];
  const begun = new Map<PlatformCall, number>();
  let started = 0;

  platform.onCall = (call, others) => {
    begun.set(call, elapsedBy(clock));
    try {
      mustBeAlone(call, others);
    } catch (error) {
      violations.push(error);
    }
  };

  for (let index = 0; index < hostCount; index++) await startHost();
  for (let round = 0; round < rounds; round++) {
    await playRound();
    await clock.advance(Math.floor(random() * 1_200));
    if (violations.length > 0) throw violations[0];
  }
  for (const host of hosts) await host.continue();
  await clock.advance(240_000);
  if (violations.length > 0) throw violations[0];
  await checkEnd();
  const running = hosts.filter((host) => host.isRunning());
  await Promise.all([...running.map((host) => host.close()), clock.advance(60_000)]);
  report.calls = platform.calls.length;
  return report;

  /** No two living hosts act on the platform for one sandbox, nothing starts after its release, and what has started exists until then. */
  function mustBeAlone(call: PlatformCall, others: readonly PlatformCall[]): void {
    for (const other of others) {
      if (other.host === call.host) continue;
      const since = Math.min(begun.get(other) ?? 0, elapsedBy(clock));
      const isAlive = (name: string) => hosts.some((host) => host.name === name && host.hasRunSince(since));
      assert.ok(
        !(isAlive(other.host) && isAlive(call.host)),
        `${call.host} calls ${call.kind} ${call.operation} of ${call.sandboxId} while ${other.host} is at ${other.kind} ${other.operation}`,
      );
    }
    if (call.kind === 'boot' || call.kind === 'resume')
      assert.ok(!platform.isReleased(call.sandboxId), `${call.sandboxId} is started after its release`);
    if (call.kind === 'suspend' || call.kind === 'snapshot' || call.kind === 'resume')
      assert.ok(
        platform.isReleased(call.sandboxId) || platform.sandboxes.has(call.sandboxId),
        `${call.sandboxId} has disappeared from the platform`,
      );
  }

  async function startHost(): Promise<void> {
    const name = `host-${started++}`;
    const observe = (observation: Observation) => {
      if (observation.type === 'applied') report.applied += 1;
      if (observation.type === 'timeout') report.timeouts += 1;
    };
    const counted = countingConflicts(base.another(), () => {
      report.conflicts += 1;
    });
    const store = fault.store?.(counted, name) ?? counted;
    const driver = fault.driver?.(platform.driver(name), platform, clock) ?? platform.driver(name);
    const starting = startMortalHost({
      ...{ name, store, driver, clock, aliveSeconds, observe },
      driftIntervalSeconds: 5,
    });
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    starting.then(settle, settle);
    while (!isSettled) await clock.advance(10);
    hosts.push(await starting);
    void fault.started?.(store, driver);
  }

  async function playRound(): Promise<void> {
    const running = hosts.filter((host) => host.isRunning());
    const draw = random();
    const one = running[Math.floor(random() * running.length)];
    if (running.length < hostCount && draw < 0.5) return startHost();
    if (one === undefined) return startHost();
    if (draw < 0.06 && running.length > 1) {
      report.kills += 1;
      return one.kill();
    }
    if (draw < 0.06 + stops && running.length > 1) {
      report.stops += 1;
      one.stop();
      const first = random() < 0.5 ? 'answers' : 'timers';
      clock.wake(1_000 + random() * 9_000, () => void one.continue(first));
      return;
    }
    if (draw < 0.09 + stops && running.length > 1) return void one.close().catch(() => {});
    for (let count = 0; count < 4; count++) void sendCommand(running[Math.floor(random() * running.length)]);
  }

  async function sendCommand(mortal: MortalHost | undefined): Promise<void> {
    if (mortal === undefined) return;
    const { host } = mortal;
    const draw = random();
    try {
      if (draw < 0.35) {
        const name = `box-${Math.floor(random() * 12)}`;
        const timeoutSeconds = random() < 0.5 ? 10 + Math.floor(random() * 20) : undefined;
        const { sandbox } = await host.create({ namespace, name, timeoutSeconds });
        acknowledged.push({ id: sandbox.id, version: sandbox.version });
        return;
      }
      const name = `box-${Math.floor(random() * 12)}`;
      const commands: CommandRequest[] = [
        { type: 'suspend' },
        { type: 'resume' },
        { type: 'terminate' },
        { type: 'snapshot' },
        { type: 'suspend' },
      ];
      const command = commands[Math.floor(random() * commands.length)] as CommandRequest;
      const { entry, result } = await host.send(namespace, name, command);
      if (result.outcome === 'applied')
        acknowledged.push({ id: entry.sandbox.id, version: entry.sandbox.version });
    } catch {
      // Names that are taken or unknown, and hosts that stop.
    }
  }

  async function checkEnd(): Promise<void> {
    const { items } = await base.list({ namespace, limit: 1_000 });
    for (const entry of items) {
      const { id, status } = entry.sandbox;
      assert.ok(!isUnsettled(entry), `${id} is still ${status} with work that no host has done`);
      const expected = status === 'running' ? 'running' : status === 'suspended' ? 'paused' : undefined;
      assert.equal(platform.sandboxes.get(id), expected, `${id} is ${status}`);
      const rows = await base.history({ after: 0, sandboxId: id, limit: 1_000 });
      assert.equal(checkHistory(rows, entry), undefined);
      const ends = rows.filter(({ event }) => event.type === 'crashed' || event.type === 'lost');
      assert.deepEqual(ends, [], `${id} ended, although the platform lost nothing`);
      for (const { event, at, sandbox } of rows)
        if (event.type === 'timeout') assert.ok(at >= sandbox.createdAt, 'a timeout is not early');
      for (const { version } of acknowledged.filter((command) => command.id === id))
        assert.ok(
          rows.some((row) => row.version === version),
          `version ${version} of ${id} was acknowledged`,
        );
    }
    for (const id of platform.sandboxes.keys())
      assert.ok(
        items.some(({ sandbox }) => sandbox.id === id),
        `${id} has no record`,
      );
  }
}

/** Counts the commits of a store that meet a conflict. */
export function countingConflicts(store: HostStore, count: () => void): HostStore {
  return {
    ...store,
    commit: (commit) =>
      store.commit(commit).catch((error: unknown) => {
        if (error instanceof ConflictError) count();
        throw error;
      }),
  };
}

/** A generator of numbers from 0 to below 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
