import type { CommandState, SandboxView } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';

/** A command as a page followed it: from when it was first shown until the truth had it, or it was taken back. */
export interface FollowedCommand {
  readonly id: string;
  readonly type: CommandName;
  readonly stage: CommandState | 'confirmed' | 'taken back' | 'not known';
  /** In epoch ms of this machine's clock. */
  readonly askedAt: number;
  readonly endedAt: number | null;
}

/** How many are kept. */
const most = 6;

/** What is known of the commands after a snapshot: those that are not pending any more have ended. The newest first. */
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
    const stage = outcome === undefined ? 'confirmed' : outcome === 'unknown' ? 'not known' : 'taken back';
    return { ...command, stage, endedAt: now } as const;
  });
  const added = pending
    .filter(({ id }) => !known.some((command) => command.id === id))
    .map(({ id, command, state }) => ({ id, type: command.type, stage: state, askedAt: now, endedAt: null }));
  const all = [...added.reverse(), ...followed];
  // What is on its way is never let go of.
  return all.filter(({ endedAt }, index) => index < most || endedAt === null);
}
