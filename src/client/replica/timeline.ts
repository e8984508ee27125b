import type { ServerChange } from '../transport/server-update.ts';
import type { TimelineEntry } from './state.ts';

/** How many steps are kept, and read of what was before. */
export const longest = 100;

/** The timeline with the steps that were told: where there are versions each once and in order, whatever order they came in. */
export function withChanges(
  timeline: readonly TimelineEntry[],
  changes: readonly ServerChange[],
  isVersioned: boolean,
  isMine: (cause: string) => boolean,
): readonly TimelineEntry[] {
  const isKnown = ({ sandbox }: ServerChange) =>
    timeline.some((entry) => entry.sandbox.version === sandbox.version);
  const added = isVersioned ? changes.filter((change) => !isKnown(change)) : changes;
  if (added.length === 0) return timeline;
  const entries = added.map((change) => ({
    ...change,
    isMine: change.cause !== null && isMine(change.cause),
  }));
  const all = [...timeline, ...entries];
  if (isVersioned) all.sort((a, b) => a.sandbox.version - b.sandbox.version);
  return all.slice(-longest);
}
