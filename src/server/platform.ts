import { MalformedInputError } from '../machine/checks.ts';
import type { SandboxEvent } from '../machine/events.ts';
import { type Clock, pause, waitAtMost } from './clock.ts';
import type { Crash, Driver } from './driver/driver.ts';
import { NotFoundError } from './errors.ts';
import { createRunner, graceMs } from './runner.ts';
import { singleFlight } from './single-flight.ts';
import type { Steps } from './steps.ts';
import { isLiving } from './store/derived.ts';
import type { Entry, Store } from './store/store.ts';

/** What joins a host to its platform. */
export interface PlatformOptions {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The platform's side of a host: its work, its reports and its crashes. */
export interface Platform {
  /** After a start: what should be there is adopted, and what was not finished is begun again, in the background. */
  takeUp(): Promise<void>;
  /** Makes what is under way for a sandbox what its record asks for. */
  reconcile(entry: Entry): void;
  /** Removes what deleted snapshots still hold, in the background. */
  removeSnapshots(): void;
  /** Calls everything off and closes the driver. */
  close(): Promise<void>;
}

/** After something went wrong, how long until it is tried again, in ms. */
const retryMs = 1_000;

/** Joins a host to its platform. Nothing is done before `takeUp`, but what `reconcile` asks for. */
export function joinPlatform({ store, driver, clock, steps, onProblem }: PlatformOptions): Platform {
  const closing = new AbortController();
  const background = new Set<Promise<void>>();
  const runner = createRunner(driver, clock, {
    async report(sandboxId, report, captured) {
      const event = { ...report, at: clock.now() } as SandboxEvent;
      const { result } = await steps.apply(sandboxId, event, { captured });
      if (result.reason === 'stale') putBack(sandboxId, true);
    },
    async released(sandboxId) {
      await steps.setReleased(sandboxId, true);
    },
    overtaken({ sandbox }, { kind }, tooLate) {
      // The snapshot failed when its capture was called off, so nobody would ever ask for what was captured.
      if (kind === 'snapshot')
        inBackground(() => driver.deleteSnapshot(sandbox.snapshotId ?? ''), sandbox.id);
      putBack(sandbox.id, tooLate);
    },
    problem: onProblem,
  });
  const stopWatching = driver.watch((crash) => inBackground(() => reportCrash(crash), crash.sandboxId));
  const removeSnapshots = singleFlight(() => untilDone(removeAllSnapshots, null));

  return {
    async takeUp() {
      // Each for itself: one that cannot be adopted must not keep the others, or the server, from starting.
      for (const entry of await store.living()) {
        inBackground(async () => {
          await adopt(entry);
          const now = await store.get(entry.sandbox.id);
          if (now) runner.reconcile(now);
        }, entry.sandbox.id);
      }
      for (const entry of await store.unsettled()) if (!isLiving(entry)) runner.reconcile(entry);
      inBackground(removeSnapshots, null);
    },
    reconcile: (entry) => runner.reconcile(entry),
    removeSnapshots: () => inBackground(removeSnapshots, null),
    async close() {
      closing.abort();
      stopWatching();
      await runner.close();
      await waitAtMost(clock, graceMs, Promise.all(background));
      await waitAtMost(clock, graceMs, driver.close());
    },
  };

  async function reportCrash({ sandboxId, incarnation, reason }: Crash): Promise<void> {
    // What crashes before its boot or resume is on record would be stale now, and true a moment later.
    await runner.settled(sandboxId, incarnation);
    await steps.apply(sandboxId, { type: 'crashed', incarnation, reason, at: clock.now() });
  }

  /** Makes the platform what the record says, once nothing is under way: a late suspend must not stay unnoticed. */
  function putBack(sandboxId: string, tooLate: boolean): void {
    inBackground(async () => {
      for (let before = -1; ; ) {
        await runner.settled(sandboxId);
        const entry = await store.get(sandboxId);
        // Done when nothing has changed since it was put back.
        if (entry === undefined || entry.revision === before) return;
        if (runner.isBusy(sandboxId)) continue;
        if (!isLiving(entry)) {
          // What came up after the release is released in its turn.
          if (entry.released && tooLate) await steps.setReleased(sandboxId, false);
          return;
        }
        before = entry.revision;
        await adopt(entry);
      }
    }, sandboxId);
  }

  function adopt({ sandbox }: Entry): Promise<void> {
    return driver.adopt([{ sandboxId: sandbox.id, incarnation: sandbox.incarnation }]);
  }

  async function removeAllSnapshots(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of await store.removableSnapshots()) {
      try {
        await driver.deleteSnapshot(id);
        await store.forgetSnapshot(id);
      } catch (error) {
        // The others do not wait for this one.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Does something in the background, where `close` waits for it. */
  function inBackground(act: () => Promise<void>, sandboxId: string | null): void {
    const done = untilDone(act, sandboxId);
    background.add(done);
    void done.finally(() => background.delete(done));
  }

  /** Does something until it succeeds, cannot ever succeed, or the host closes. Does not throw. */
  async function untilDone(act: () => Promise<void>, sandboxId: string | null): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof NotFoundError) return;
        onProblem(error, sandboxId);
        if (error instanceof MalformedInputError) return;
        await pause(clock, retryMs, closing.signal);
      }
    }
  }
}
