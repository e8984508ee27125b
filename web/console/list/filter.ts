import type { SandboxView } from '../../../src/client/index.ts';

/** A filter of the list. */
export type Show = 'active' | 'running' | 'suspended' | 'terminated' | 'all';

type Listed = Pick<SandboxView, 'sandbox' | 'displayStatus'>;

const matches: Readonly<Record<Show, (status: string) => boolean>> = {
  all: () => true,
  active: (status) => status !== 'terminated',
  running: (status) => status === 'running' || status === 'snapshotting',
  suspended: (status) => status === 'suspended' || status === 'suspending' || status === 'resuming',
  terminated: (status) => status === 'terminated',
};

/** The filters, in display order. */
export const choices: readonly Show[] = ['active', 'running', 'suspended', 'terminated', 'all'];

/** Whether a sandbox matches the filter and the search text. */
export function isShown({ sandbox, displayStatus }: Listed, show: Show, text: string): boolean {
  if (sandbox === null || !matches[show](displayStatus ?? '')) return false;
  const searched = text.trim().toLowerCase();
  return `${sandbox.name ?? ''} ${sandbox.id}`.toLowerCase().includes(searched);
}

/** The number of sandboxes that match each filter. */
export function countOf(sandboxes: readonly Listed[]): Readonly<Record<Show, number>> {
  const count = (show: Show) => sandboxes.filter((one) => isShown(one, show, '')).length;
  return Object.fromEntries(choices.map((show) => [show, count(show)])) as Record<Show, number>;
}
