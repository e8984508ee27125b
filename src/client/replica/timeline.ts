import { historyLimit, type ServerChange } from '../transport/server-update.ts';
import type { TimelineEntry } from './state.ts';

/** Adds changes to a timeline. With versions, each change occurs once and in order, whatever the order of arrival. */
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
  const entryOf = (change: ServerChange): TimelineEntry => ({
    ...change,
    isMine: change.cause !== null && isMine(change.cause),
  });
  const all = [...timeline, ...added.map(entryOf)];
  if (isVersioned) all.sort((a, b) => a.sandbox.version - b.sandbox.version);
  return all.slice(-historyLimit);
}
