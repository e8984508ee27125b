import type { CommandName } from '../../model/events.ts';
import type { CommandState } from '../replica/pending-command.ts';
import type { SandboxView } from '../replica/view.ts';

/** A command that a page follows: from its first view until the confirmed state includes it, or it is rolled back. */
export interface FollowedCommand {
  readonly id: string;
  readonly type: CommandName;
  /** The state while it is pending, and then its end. */
  readonly stage: CommandState | 'confirmed' | 'rolled back' | 'not known';
  /** When it was first seen, in epoch ms of this machine's clock. */
  readonly requestedAt: number;
  /** When it had ended; null while it is pending. */
  readonly endedAt: number | null;
}

/** The number of commands that are kept, besides the pending ones. */
const limit = 6;

/**
 * Updates the followed commands from a view: those that are not pending any more have ended. Returns at most six besides the
 * pending ones, the newest first. `now` is in epoch ms of this machine's clock.
 *
 * @example
 * client.subscribe(() => {
 *   commands = followCommands(commands, client.getSnapshot(), Date.now());
 * });
 */
export function followCommands(
  known: readonly FollowedCommand[],
  { pending, rollbacks }: Pick<SandboxView, 'pending' | 'rollbacks'>,
  now: number,
): readonly FollowedCommand[] {
  const followed = known.map((command) => {
    if (command.endedAt !== null) return command;
    const entry = pending.find(({ id }) => id === command.id);
    if (entry) return { ...command, stage: entry.state };
    const outcome = rollbacks.find(({ id }) => id === command.id)?.outcome;
    const stage = outcome === undefined ? 'confirmed' : outcome === 'unknown' ? 'not known' : 'rolled back';
    return { ...command, stage, endedAt: now } as const;
  });
  const added = pending
    .filter(({ id }) => !known.some((command) => command.id === id))
    .map(({ id, command, state }) => ({
      id,
      type: command.type,
      stage: state,
      requestedAt: now,
      endedAt: null,
    }));
  const all = [...added.reverse(), ...followed];
  // A pending command is always kept.
  return all.filter(({ endedAt }, index) => index < limit || endedAt === null);
}
