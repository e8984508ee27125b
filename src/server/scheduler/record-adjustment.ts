import { MalformedInputError } from '../../model/checks.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { jittered, retryMs } from '../../utils/back-off.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import type { Committer } from '../commands/committer.ts';
import { NotFoundError } from '../errors.ts';
import { entryPages, mostAtOnce, type ReadPage } from '../store/entry-pages.ts';
import { isUnreadable } from '../store/errors.ts';

/** A change of many records that the clock causes. */
export interface Adjustment {
  /** Reads the records. */
  readonly read: ReadPage;
  /** The cause for the history. */
  readonly cause: string;
  /** The events for a record, none for most. A commit may be repeated, so it must be safe to apply them twice. */
  readonly eventsOf: (sandbox: Sandbox) => readonly SandboxEvent[];
}

/** Applies adjustments to records, each in one commit by the actor `clock`. */
export interface RecordAdjuster {
  /**
   * Adjusts each record, with at most three attempts at once. Returns the sandboxes whose commits have failed. Rejects when the
   * records cannot be read.
   */
  adjustOnce(adjustment: Adjustment): Promise<readonly string[]>;
  /** Adjusts these sandboxes, and retries after 0.5 to 1 s those whose commit fails, until the host closes. */
  adjustAgain(sandboxIds: readonly string[], adjustment: Adjustment): Promise<void>;
}

/** The parts of a host that adjust records. */
interface RecordAdjusterOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly committer: Pick<Committer, 'applyAll'>;
  readonly closing: AbortSignal;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The number of attempts without a pause: most failures of a store are short. */
const mostAttempts = 3;

/** Creates an adjuster. It reads the records page by page and has a bounded number of commits in flight. */
export function createRecordAdjuster(options: RecordAdjusterOptions): RecordAdjuster {
  const { clock, random, committer, closing, onProblem } = options;
  return {
    async adjustOnce(adjustment) {
      const failed: string[] = [];
      for await (const entries of entryPages(adjustment.read, closing)) {
        const affected = entries.filter(({ sandbox }) => adjustment.eventsOf(sandbox).length > 0);
        let left = idsOf(affected);
        for (let attempt = 0; attempt < mostAttempts && left.length > 0; attempt++)
          left = await adjustEach(left, adjustment);
        failed.push(...left);
      }
      return failed;
    },
    async adjustAgain(sandboxIds, adjustment) {
      for (let left = sandboxIds; left.length > 0 && !closing.aborted; ) {
        await pause(clock, jittered(retryMs, random), closing);
        if (!closing.aborted) left = await adjustEach(left, adjustment);
      }
    },
  };

  async function adjustEach(ids: readonly string[], adjustment: Adjustment): Promise<readonly string[]> {
    const failed: string[] = [];
    await forEachLimited(ids, mostAtOnce, async (id) => {
      if (closing.aborted || (await adjustOne(id, adjustment))) return;
      failed.push(id);
    });
    return failed;
  }

  /** Returns whether the record is as it must be, or can never be. */
  async function adjustOne(id: string, { cause, eventsOf }: Adjustment): Promise<boolean> {
    try {
      await committer.applyAll(id, ({ sandbox }) => eventsOf(sandbox), { actor: 'clock', cause });
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return true;
      onProblem(error, id);
      return error instanceof MalformedInputError || isUnreadable(error);
    }
  }
}

const idsOf = (entries: readonly { readonly sandbox: Sandbox }[]): readonly string[] =>
  entries.map(({ sandbox }) => sandbox.id);
