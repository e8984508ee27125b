import type { SandboxView } from '../../../src/client/index.ts';
import { statusWord } from '../shared/words.ts';

/** Which sandboxes a person wants to see. */
export type Show = 'living' | 'running' | 'suspended' | 'ended' | 'all';

type Listed = Pick<SandboxView, 'sandbox'>;

const matches: Readonly<Record<Show, (status: string) => boolean>> = {
  all: () => true,
  living: (status) => status !== 'terminated',
  running: (status) => status === 'running' || status === 'snapshotting',
  suspended: (status) => status === 'suspended' || status === 'suspending' || status === 'resuming',
  ended: (status) => status === 'terminated',
};

/** The choices, in the order that they are shown. */
export const choices: readonly Show[] = ['living', 'running', 'suspended', 'ended', 'all'];

/** Whether a sandbox is among those to be shown. */
export function isShown({ sandbox }: Listed, show: Show, text: string): boolean {
  if (sandbox === null || !matches[show](statusWord(sandbox))) return false;
  const wanted = text.trim().toLowerCase();
  return `${sandbox.name ?? ''} ${sandbox.id}`.toLowerCase().includes(wanted);
}

/** How many there are of each. */
export function countOf(sandboxes: readonly Listed[]): Readonly<Record<Show, number>> {
  const count = (show: Show) => sandboxes.filter((one) => isShown(one, show, '')).length;
  return Object.fromEntries(choices.map((show) => [show, count(show)])) as Record<Show, number>;
}
