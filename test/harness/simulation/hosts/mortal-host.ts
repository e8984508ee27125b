import { setImmediate } from 'node:timers/promises';
import {
  createHost,
  type Driver,
  type Host,
  type Observation,
  type Store,
} from '../../../../src/server/index.ts';
import type { SharedStore } from '../../../../src/server/store/shared.ts';
import { type Clock, elapsedBy } from '../../../../src/utils/clock.ts';

/** A host of a simulation that can be killed, and stopped for a while, as a process can. */
export interface MortalHost {
  readonly name: string;
  readonly host: Host;
  /** Whether it runs: it was neither killed nor closed, and is not stopped. */
  isRunning(): boolean;
  /** Whether it ran all the time since this elapsed time. */
  hasRunSince(elapsed: number): boolean;
  /** Ends it at once: nothing of it happens any more. */
  kill(): void;
  /** Stops its time, as SIGSTOP does. */
  stop(): void;
  /**
   * Lets it run again: first its answers arrive, then its overdue timers fire, as in an event loop that waited for input. With `timers`
   * the other way round. Each is settled before the next.
   */
  continue(first?: 'answers' | 'timers'): Promise<void>;
  /** Closes it in order. */
  close(): Promise<void>;
}

/** The parts of a mortal host. */
export interface MortalHostOptions {
  readonly name: string;
  readonly store: Store & { readonly shared: SharedStore };
  readonly driver: Driver;
  readonly clock: Clock;
  readonly aliveSeconds: number;
  readonly driftIntervalSeconds: number;
  readonly observe: (observation: Observation) => void;
}

/** Starts a host in its own part of the process: its timers, its store and its platform answer only while it runs. */
export async function startMortalHost(options: MortalHostOptions): Promise<MortalHost> {
  const { name, clock } = options;
  let state: 'running' | 'stopped' | 'over' = 'running';
  let runsSince = elapsedBy(clock);
  const waiting: { readonly answers: (() => void)[]; readonly timers: (() => void)[] } = {
    answers: [],
    timers: [],
  };
  /** Runs an act now, when the host runs again, or never. */
  const deliver = (act: () => void, queue: (() => void)[] = waiting.answers): void => {
    if (state === 'running') act();
    else if (state === 'stopped') queue.push(act);
  };
  const gate = <Result>(call: () => Promise<Result>) =>
    new Promise<Result>((resolve, reject) => {
      deliver(() =>
        call().then(
          (result) => deliver(() => resolve(result)),
          (error: unknown) => deliver(() => reject(error)),
        ),
      );
    });

  const host = await createHost({
    store: gated(options.store, gate, deliver),
    driver: gatedDriver(options.driver, gate),
    clock: {
      now: () => clock.now(),
      elapsed: () => elapsedBy(clock),
      wake: (afterMs, callback) => clock.wake(afterMs, () => deliver(callback, waiting.timers)),
    },
    random: () => 0.5,
    hostName: name,
    aliveSeconds: options.aliveSeconds,
    driftIntervalSeconds: options.driftIntervalSeconds,
    observe: options.observe,
  });

  return {
    name,
    host,
    isRunning: () => state === 'running',
    hasRunSince: (elapsed) => state === 'running' && runsSince <= elapsed,
    kill() {
      state = 'over';
    },
    stop() {
      state = 'stopped';
    },
    async continue(first = 'answers') {
      if (state !== 'stopped') return;
      state = 'running';
      runsSince = elapsedBy(clock);
      const queues = [waiting.answers, waiting.timers];
      for (const queue of first === 'answers' ? queues : queues.reverse())
        while (state === 'running' && queue.length > 0) {
          queue.shift()?.();
          await setImmediate();
        }
    },
    async close() {
      await host.close();
      state = 'over';
    },
  };
}

type Gate = <Result>(call: () => Promise<Result>) => Promise<Result>;

function gated(
  store: MortalHostOptions['store'],
  gate: Gate,
  deliver: (answer: () => void) => void,
): MortalHostOptions['store'] {
  const methods = <Part extends object>(part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([key, method]) => [
        key,
        typeof method === 'function' ? (...values: unknown[]) => gate(() => method(...values)) : method,
      ]),
    ) as Part;
  return {
    ...methods(store),
    shared: {
      ...methods(store.shared),
      onHint: (listener) => store.shared.onHint((ids) => deliver(() => listener(ids))),
    },
  };
}

function gatedDriver(driver: Driver, gate: Gate): Driver {
  return {
    ...driver,
    boot: (job) => gate(() => driver.boot(job)),
    snapshot: (job) => gate(() => driver.snapshot(job)),
    suspend: (job) => gate(() => driver.suspend(job)),
    resume: (job) => gate(() => driver.resume(job)),
    release: (job) => gate(() => driver.release(job)),
    inventory: () => gate(() => driver.inventory()),
    adopt: (adopted) => gate(() => driver.adopt(adopted)),
  };
}
