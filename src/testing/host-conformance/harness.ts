import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyInput } from '../../model/policy.ts';
import type { Status } from '../../model/sandbox.ts';
import type { CreateRequest } from '../../server/host.ts';
import type { HistoryRow, SandboxEntry } from '../../server/store/records.ts';
import { within } from '../driver-conformance/waiting.ts';
import type { HostConformanceOptions, HostUnderTest } from './options.ts';
import { createTestClock } from './test-clock.ts';
import { createTestPlatform, type TestPlatform } from './test-platform.ts';

/** A host as the checks see it. A check that uses a method which a host may lack names it in `uses`. */
export type CheckedHost = Required<HostUnderTest>;

/** The namespace of the checks. */
export const namespace = 'default';

/** The hosts, the platform and the time of one check. */
export interface Harness {
  readonly platform: TestPlatform;
  /** Starts the host of the check. */
  start(policy?: PolicyInput): Promise<CheckedHost>;
  /** Ends a host as a crash does, and starts another one on the same data. */
  restart(host: CheckedHost, whileDown?: () => Promise<void>): Promise<CheckedHost>;
  /** Starts a host beside the first. */
  another(host: CheckedHost): Promise<CheckedHost>;
  /** The time of the hosts, in epoch ms. */
  now(): Promise<number>;
  /** Lets the time pass until an instant, in epoch ms. */
  passUntil(instant: number): Promise<void>;
  /** Lets the time pass until just before an instant. A host in real time may look at its clock a little later. */
  passUntilBefore(instant: number): Promise<void>;
  /** Waits for a promise of the host, while the clock of the suite stands still. */
  settles<Result>(what: string, promise: Promise<Result>): Promise<Result>;
  /** Waits for a promise of the host, while the time passes: the host may wait before it tries again. */
  settlesInTime<Result>(what: string, promise: Promise<Result>): Promise<Result>;
  /** Waits until something holds, while the clock of the suite stands still. */
  eventually(what: string, holds: () => unknown): Promise<void>;
  /** Waits until something holds, while the time passes. */
  inTime(what: string, holds: () => unknown): Promise<void>;
  /** Waits `quietMs`, to observe that nothing happens. */
  quiet(): Promise<void>;
  /** Creates a sandbox, and waits until it runs. */
  running(host: CheckedHost, request?: Partial<CreateRequest>): Promise<SandboxEntry>;
  /** Waits until a sandbox has a status, while the time passes. */
  until(host: CheckedHost, id: string, status: Status): Promise<SandboxEntry>;
  /** Closes the hosts. */
  cleanUp(): Promise<void>;
}

/** How far the clock of the suite moves between two looks, in ms. */
const stepMs = 100;

/** Creates a harness without a host. */
export function createHarness<Under extends HostUnderTest>(options: HostConformanceOptions<Under>): Harness {
  const { limitMs = 30_000, quietMs = 50, ownTime } = options;
  const clock = createTestClock();
  const platform = createTestPlatform();
  const stops = new Map<CheckedHost, () => void>();
  let chosenPolicy: PolicyInput = {};

  function setup() {
    const { driver, abandon } = platform.connect();
    const hostClock = clock.forHost();
    return {
      setup: { driver, policy: chosenPolicy, ...(ownTime === undefined && { clock: hostClock }) },
      stop() {
        hostClock.stop();
        abandon();
      },
    };
  }

  function add(host: Under, stop: () => void): CheckedHost {
    const checked = host as unknown as CheckedHost;
    stops.set(checked, stop);
    return checked;
  }

  async function waitUntil(what: string, holds: () => unknown, between: () => Promise<void>): Promise<void> {
    for (const end = Date.now() + limitMs; !(await holds()); await between())
      assert.ok(Date.now() < end, `${what}, but that did not happen within ${limitMs} ms.`);
  }

  const eventually: Harness['eventually'] = (what, holds) => waitUntil(what, holds, () => sleep(2));
  const inTime: Harness['inTime'] = (what, holds) =>
    waitUntil(what, holds, async () => {
      await sleep(2);
      if (ownTime === undefined) await clock.advance(stepMs);
    });

  async function passUntil(instant: number): Promise<void> {
    if (ownTime === undefined) return clock.advance(Math.max(instant - clock.now(), 0));
    for (let left = 1; left > 0; left = instant - (await ownTime())) await sleep(Math.max(left, 1));
  }

  async function settlesInTime<Result>(what: string, promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    void promise.then(settle, settle);
    await inTime(`${what} must settle`, () => isSettled);
    return promise;
  }

  async function until(host: CheckedHost, id: string, status: Status): Promise<SandboxEntry> {
    let entry = await host.get(namespace, id);
    await inTime(`The sandbox must become ${status}`, async () => {
      entry = await host.get(namespace, id);
      return entry.sandbox.status === status;
    });
    return entry;
  }

  return {
    platform,
    async start(policy = {}) {
      chosenPolicy = policy;
      const { setup: given, stop } = setup();
      return add(await options.open(given), stop);
    },
    async restart(host, whileDown = async () => {}) {
      stops.get(host)?.();
      stops.delete(host);
      const { setup: given, stop } = setup();
      assert.ok(options.restart, 'A check that restarts a host needs the option restart.');
      return add(await options.restart(host as unknown as Under, given, whileDown), stop);
    },
    async another(host) {
      const { setup: given, stop } = setup();
      assert.ok(options.another, 'A check of two hosts needs the option another.');
      return add(await options.another(host as unknown as Under, given), stop);
    },
    now: async () => ownTime?.() ?? clock.now(),
    passUntil,
    passUntilBefore: (instant) => passUntil(instant - (ownTime === undefined ? 1 : 300)),
    settles: (what, promise) => within(limitMs, what, promise),
    settlesInTime,
    eventually,
    inTime,
    quiet: () => sleep(quietMs),
    async running(host, request = {}) {
      const { sandbox } = await host.create({ namespace, ...request });
      let entry = await host.get(namespace, sandbox.id);
      await eventually('A new sandbox must run', async () => {
        entry = await host.get(namespace, sandbox.id);
        return entry.sandbox.status === 'running';
      });
      return entry;
    },
    until,
    async cleanUp() {
      for (const host of stops.keys()) await settlesInTime('The close of a host', host.close());
    },
  };
}

/** All rows of the history of a sandbox, read in parts. */
export async function wholeHistory(host: CheckedHost, id: string): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (;;) {
    const part = await host.history(namespace, id, { afterVersion: rows.at(-1)?.version ?? 0, limit: 100 });
    if (part.length === 0) return rows;
    rows.push(...part);
  }
}
