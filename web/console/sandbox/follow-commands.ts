import type { CommandState, SandboxView } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';

/** A command that a page follows: from its first view until the confirmed state includes it, or it is rolled back. */
export interface FollowedCommand {
  readonly id: string;
  readonly type: CommandName;
  readonly stage: CommandState | 'confirmed' | 'rolled back' | 'not known';
  /** In epoch ms of this machine's clock. */
  readonly requestedAt: number;
  readonly endedAt: number | null;
}

/** The number of commands that are kept. */
const limit = 6;

/** Updates the followed commands from a view: those that are not pending any more have ended. Newest first. */
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
