import { retryMs } from '../../utils/back-off.ts';
import { type Clock, pause, waitAtMost } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Crash, Exit } from '../driver/driver.ts';
import type { Store } from '../store/store.ts';
import { graceMs, type OperationRunner } from './operation-runner.ts';
import { platformEvent } from './platform-event.ts';

/** The parts of a host that commit the end of a sandbox. */
interface EndOptions {
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
}

/** The end of a sandbox: an exit when it has the field `exitCode`, else a crash. */
export type End = Crash | Exit;

/**
 * Commits the end that the driver has reported. It waits until the boot or resume of the incarnation is committed. Before
 * that, the report would be stale. The exit of a program during a suspend is stale too: it waits for the end of the suspend.
 */
export async function reportEnd(
  end: End,
  options: EndOptions & {
    readonly runner: Pick<OperationRunner, 'settled'>;
    readonly closing: AbortSignal;
    readonly store: Pick<Store, 'get'>;
    /** Whether another host may carry out the operations of the sandbox. */
    readonly isShared: boolean;
  },
): Promise<void> {
  const { sandboxId, incarnation } = end;
  const { runner, clock, closing, store, isShared } = options;
  await runner.settled(sandboxId, incarnation);
  // The host that boots or resumes it may not have committed that yet.
  const isInFlight = async () => (await store.get(sandboxId))?.sandbox.operation?.id === incarnation;
  while (isShared && !closing.aborted && (await isInFlight())) await pause(clock, retryMs, closing);
  while (!closing.aborted && (await commitEnd(end, `operation ${incarnation}`, options))) {
    await waitAtMost(clock, graceMs, runner.settled(sandboxId));
    await pause(clock, retryMs, closing);
  }
}

/** Commits an end. `cause` is for the history. Returns whether it must be sent again after the suspend in progress. */
export async function commitEnd(end: End, cause: string, { clock, committer }: EndOptions): Promise<boolean> {
  const { sandboxId, incarnation, reason } = end;
  const isExit = 'exitCode' in end;
  const report = isExit
    ? ({ type: 'exited', incarnation, exitCode: end.exitCode, reason } as const)
    : ({ type: 'crashed', incarnation, reason } as const);
  const event = platformEvent(report, clock.now());
  const { entry } = await committer.apply(sandboxId, event, { actor: 'platform', cause });
  return isExit && entry.sandbox.status === 'suspending' && entry.sandbox.incarnation === incarnation;
}
