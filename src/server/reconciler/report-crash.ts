import type { Clock } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Crash } from '../driver/driver.ts';
import type { OperationRunner } from './operation-runner.ts';

/** The parts of a host that commit a crash. */
interface CrashOptions {
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
}

/**
 * Commits a crash that the driver has reported. It waits until the boot or resume of the incarnation is committed. Before
 * that, the crash would be stale.
 */
export async function reportCrash(
  crash: Crash,
  options: CrashOptions & { readonly runner: Pick<OperationRunner, 'settled'> },
): Promise<void> {
  const { sandboxId, incarnation } = crash;
  await options.runner.settled(sandboxId, incarnation);
  await commitCrash(crash, `operation ${incarnation}`, options);
}

/** Commits a crash. `cause` is for the history. */
export async function commitCrash(
  { sandboxId, incarnation, reason }: Crash,
  cause: string,
  { clock, committer }: CrashOptions,
): Promise<void> {
  const event = { type: 'crashed', incarnation, reason, at: clock.now() } as const;
  await committer.apply(sandboxId, event, { actor: 'platform', cause });
}
