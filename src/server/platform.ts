import type { SandboxEvent } from '../machine/events.ts';
import { type Clock, pause } from './clock.ts';
import type { Adopted, Crash, Driver } from './driver/driver.ts';
import { NotFoundError } from './errors.ts';
import { createRunner } from './runner.ts';
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
  /** After a start: what should be there is adopted, and what was not finished is begun again. */
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
export function startPlatform({ store, driver, clock, steps, onProblem }: PlatformOptions): Platform {
  const closing = new AbortController();
  const background = new Set<Promise<void>>();
  const runner = createRunner(driver, clock, {
    async report(sandboxId, report, captured) {
      const event = { ...report, at: clock.now() } as SandboxEvent;
      const { result } = await steps.apply(sandboxId, event, { captured });
      if (result.reason === 'stale') putBack(sandboxId);
    },
    overtaken: putBack,
    async released(sandboxId) {
      await steps.markReleased(sandboxId);
    },
    problem: onProblem,
  });
  const stopWatching = driver.watch((crash) => inBackground(() => reportCrash(crash), crash.sandboxId));

  return {
    async takeUp() {
      const living = await store.living();
      await driver.adopt(living.map(adopted));
      for (const entry of await store.unsettled()) runner.reconcile(entry);
      removeSnapshots();
    },
    reconcile: (entry) => runner.reconcile(entry),
    removeSnapshots,
    async close() {
      closing.abort();
      stopWatching();
      await runner.close();
      await Promise.all(background);
      await driver.close();
    },
  };

  async function reportCrash({ sandboxId, incarnation, reason }: Crash): Promise<void> {
    // What crashes before its boot or resume is on record would be stale now, and true a moment later.
    await runner.settled(sandboxId, incarnation);
    await steps.apply(sandboxId, { type: 'crashed', incarnation, reason, at: clock.now() });
  }

  /** Makes the platform what the record says, once nothing is under way: a late suspend must not stay unnoticed. */
  function putBack(sandboxId: string): void {
    inBackground(async () => {
      for (;;) {
        await runner.settled(sandboxId);
        const entry = await store.get(sandboxId);
        if (runner.isBusy(sandboxId)) continue;
        if (entry && isLiving(entry)) await driver.adopt([adopted(entry)]);
        return;
      }
    }, sandboxId);
  }

  function removeSnapshots(): void {
    inBackground(async () => {
      for (const id of await store.removableSnapshots()) {
        await driver.deleteSnapshot(id);
        await store.forgetSnapshot(id);
      }
    }, null);
  }

  /** Does something until it succeeds, the sandbox turns out to be none of ours, or the host closes. */
  function inBackground(act: () => Promise<void>, sandboxId: string | null): void {
    const done = (async () => {
      while (!closing.signal.aborted) {
        try {
          return await act();
        } catch (error) {
          if (error instanceof NotFoundError) return;
          onProblem(error, sandboxId);
          await pause(clock, retryMs, closing.signal);
        }
      }
    })();
    background.add(done);
    void done.finally(() => background.delete(done));
  }
}

function adopted({ sandbox }: Entry): Adopted {
  return { sandboxId: sandbox.id, incarnation: sandbox.incarnation };
}
