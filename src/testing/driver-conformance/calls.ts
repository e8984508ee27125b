import assert from 'node:assert/strict';
import type { Configuration } from '../../server/configuration.ts';
import type { Captured, Driver, PlatformCallKind, ResumeJob } from '../../server/driver/driver.ts';
import type { SnapshotType } from './options.ts';
import { isPermanent, mustSucceed, retry, within } from './waiting.ts';

/** Options of a call. */
interface CallOptions {
  readonly signal?: AbortSignal;
  /** The snapshot to boot from, or to capture. */
  readonly snapshotId?: string;
  /** The type of that snapshot. Default: the first type of the driver. */
  readonly snapshotType?: SnapshotType;
  /** The owner of a sandbox that boots. Default: none. */
  readonly owner?: string;
}

/** The driver calls of the checks. */
export interface Calls {
  /** Makes a call once. */
  call(
    kind: PlatformCallKind,
    id: string,
    operation: number,
    options?: CallOptions,
  ): Promise<Captured | undefined>;
  /** Retries a call until it succeeds or fails permanently. */
  do(
    kind: PlatformCallKind,
    id: string,
    operation: number,
    options?: CallOptions,
  ): Promise<Captured | undefined>;
  /** As `do`, but the call must fail permanently. */
  mustFail(kind: PlatformCallKind, id: string, operation: number, options?: CallOptions): Promise<void>;
  /** As `do`, but allows success and permanent failure. The check verifies that the call had no effect. */
  expectNoEffect(kind: PlatformCallKind, id: string, operation: number, options?: CallOptions): Promise<void>;
  /** As `do`, but allows success, and the failure of an operation that is older than the newest one. */
  expectStale(kind: PlatformCallKind, id: string, operation: number): Promise<void>;
  /** Retries any other call of the driver until it succeeds or fails permanently. */
  callDriver<T>(what: string, call: (driver: Driver) => Promise<T>): Promise<T>;
}

/** Creates the calls of the current driver. Each call must settle within the time limit. */
export function createCalls(
  driver: () => Driver,
  { limitMs, configuration }: { readonly limitMs: number; readonly configuration: Configuration },
): Calls {
  async function call(
    kind: PlatformCallKind,
    sandboxId: string,
    operation: number,
    options: CallOptions = {},
  ) {
    const { signal = new AbortController().signal, snapshotId } = options;
    const deadline = Date.now() + limitMs;
    const job: ResumeJob = { sandboxId, operation, signal, deadline, configuration, generation: 1 };
    const [firstType = 'filesystem'] = driver().snapshotTypes ?? [];
    const { snapshotType = firstType } = options;
    const what = `${kind} ${operation}`;
    switch (kind) {
      case 'boot': {
        const from = {
          snapshotId: snapshotId ?? null,
          snapshotType: snapshotId ? snapshotType : null,
        } as const;
        const boot = { ...job, ...from, owner: options.owner ?? null, progress: () => {} };
        return void (await within(limitMs, what, driver().boot(boot)));
      }
      case 'snapshot':
        return await within(
          limitMs,
          what,
          driver().snapshot({ ...job, snapshotId: snapshotId ?? '', snapshotType }),
        );
      case 'release':
        return void (await within(limitMs, what, driver().release({ sandboxId, operation, signal })));
      default:
        return void (await within(limitMs, what, driver()[kind](job)));
    }
  }

  const keepCalling = (kind: PlatformCallKind, id: string, operation: number, options?: CallOptions) =>
    retry(limitMs, `${kind} ${operation}`, () => call(kind, id, operation, options));

  return {
    call,
    do: (kind, id, operation, options) =>
      mustSucceed(`${kind} ${operation}`, () => keepCalling(kind, id, operation, options)),
    async mustFail(kind, id, operation, options) {
      const what = `${kind} ${operation}`;
      const error = await keepCalling(kind, id, operation, options).then(
        () => assert.fail(`${what} must fail permanently here, but it resolved.`),
        (thrown: unknown) => thrown,
      );
      assert.ok(isPermanent(error), `${what} must fail with a DriverError that is not retryable: ${error}`);
      assert.ok(String(error).length > 'DriverError: '.length, `The error of ${what} must have a message.`);
    },
    async expectNoEffect(kind, id, operation, options) {
      await keepCalling(kind, id, operation, options).catch((error: unknown) => {
        if (!isPermanent(error)) throw error;
      });
    },
    async expectStale(kind, id, operation) {
      await keepCalling(kind, id, operation).catch((error: unknown) => {
        if (!isPermanent(error)) throw error;
        assert.ok(error.isStale, `The error of a late ${kind} must have isStale: ${error}`);
      });
    },
    callDriver: (what, one) => mustSucceed(what, () => retry(limitMs, what, () => one(driver()))),
  };
}
