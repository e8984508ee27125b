import type { Committer } from '../commands/committer.ts';
import { isLiving } from '../store/indexed-fields.ts';
import type { Store } from '../store/store.ts';
import type { Adoption } from './adoption.ts';
import type { OperationRunner } from './operation-runner.ts';

/** The parts of a host that a repair uses. */
interface RepairOptions {
  readonly store: Store;
  readonly committer: Pick<Committer, 'setReleased'>;
  readonly runner: OperationRunner;
  readonly adoption: Adoption;
}

/**
 * Brings the platform into the state of the record after an operation that was aborted too late, such as a suspend that
 * still completed. Waits until no operation of the sandbox is in progress.
 */
export async function repair(
  sandboxId: string,
  isTooLate: boolean,
  { store, committer, runner, adoption }: RepairOptions,
): Promise<void> {
  for (let repairedRevision = -1; ; ) {
    await runner.settled(sandboxId);
    const entry = await store.get(sandboxId);
    if (entry === undefined || entry.revision === repairedRevision) return;
    if (runner.isBusy(sandboxId)) continue;
    if (!isLiving(entry)) {
      // The sandbox may have started after its release, so it is released again.
      if (entry.released && isTooLate) await committer.setReleased(sandboxId, false);
      return;
    }
    if (await adoption.adopt(sandboxId)) repairedRevision = entry.revision;
  }
}
