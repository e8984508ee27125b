import assert from 'node:assert/strict';
import type { Configuration } from '../../server/configuration.ts';
import type { Captured, Driver, Job, PlatformCallKind } from '../../server/driver/driver.ts';
import { insist, isFinal, mustSucceed, within } from './waiting.ts';

/** How one call is made. */
interface CallOptions {
  readonly signal?: AbortSignal;
  /** To boot from, or to capture. */
  readonly snapshotId?: string;
}

/** How checks call the driver. */
export interface Calls {
  /** One call, once. */
  call(
    kind: PlatformCallKind,
    id: string,
    operation: number,
    how?: CallOptions,
  ): Promise<Captured | undefined>;
  /** The same call until it succeeds or fails for good. */
  do(kind: PlatformCallKind, id: string, operation: number, how?: CallOptions): Promise<Captured | undefined>;
  /** As `do`, where it must fail for good. */
  mustFail(kind: PlatformCallKind, id: string, operation: number, how?: CallOptions): Promise<void>;
  /** As `do`, where success and a final failure are both right, as long as the call has no effect. */
  expectNoEffect(kind: PlatformCallKind, id: string, operation: number, how?: CallOptions): Promise<void>;
  /** Any other call of the driver, until it succeeds or fails for good. */
  ask<T>(what: string, call: (driver: Driver) => Promise<T>): Promise<T>;
}

/** Calls of the driver that is there at the time, each of which must settle within a limit. */
export function createCalls(
  driver: () => Driver,
  { limitMs, configuration }: { readonly limitMs: number; readonly configuration: Configuration },
): Calls {
  async function call(kind: PlatformCallKind, sandboxId: string, operation: number, how: CallOptions = {}) {
    const { signal = new AbortController().signal, snapshotId } = how;
    const job: Job = { sandboxId, operation, signal, deadline: Date.now() + limitMs, configuration };
    const what = `${kind} ${operation}`;
    switch (kind) {
      case 'boot': {
        const boot = { ...job, snapshotId: snapshotId ?? null, progress: () => {} };
        return void (await within(limitMs, what, driver().boot(boot)));
      }
      case 'snapshot':
        return await within(limitMs, what, driver().snapshot({ ...job, snapshotId: snapshotId ?? '' }));
      case 'release':
        return void (await within(limitMs, what, driver().release({ sandboxId, operation, signal })));
      default:
        return void (await within(limitMs, what, driver()[kind](job)));
    }
  }

  const keepCalling = (kind: PlatformCallKind, id: string, operation: number, how?: CallOptions) =>
    insist(limitMs, `${kind} ${operation}`, () => call(kind, id, operation, how));

  return {
    call,
    do: (kind, id, operation, how) =>
      mustSucceed(`${kind} ${operation}`, () => keepCalling(kind, id, operation, how)),
    async mustFail(kind, id, operation, how) {
      const what = `${kind} ${operation}`;
      const error = await keepCalling(kind, id, operation, how).then(
        () => assert.fail(`${what} must fail for good here, but it resolved.`),
        (thrown: unknown) => thrown,
      );
      assert.ok(isFinal(error), `${what} must fail with a DriverError that is not retryable: ${error}`);
      assert.ok(String(error).length > 'DriverError: '.length, `${what} must fail with a reason.`);
    },
    async expectNoEffect(kind, id, operation, how) {
      await keepCalling(kind, id, operation, how).catch((error: unknown) => {
        if (!isFinal(error)) throw error;
      });
    },
    ask: (what, one) => mustSucceed(what, () => insist(limitMs, what, () => one(driver()))),
  };
}
