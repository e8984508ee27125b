import { useEffect, useRef } from 'react';
import type { SandboxView, TimelineEntry } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { useNotify } from './notices.tsx';
import { eventWord, isFailure, outcomeWord, statusWord, titleOf } from './words.ts';

/**
 * Notifies the user of failures of the platform, in any sandbox, while the page is open. The server had accepted the command, so
 * no command was rolled back.
 */
export function FailureNotices() {
  const sandboxes = useSandbox(useWorkspace().list, (view) => view.sandboxes);
  const notify = useNotify();
  const checked = useRef(new Map<string, number>());
  useEffect(() => {
    for (const { id, timeline, confirmed } of sandboxes) {
      // Failures from before the page was opened are history.
      const from = checked.current.get(id) ?? confirmed?.version ?? 0;
      checked.current.set(id, Math.max(from, confirmed?.version ?? 0));
      for (const entry of newFailures(timeline, from)) notify(noticeOf(entry));
    }
  }, [sandboxes, notify]);
  return null;
}

const newFailures = (timeline: SandboxView['timeline'], from: number) =>
  timeline.filter((entry) => entry.sandbox.version > from && isFailure(entry));

function noticeOf(entry: TimelineEntry) {
  const { sandbox, detail } = entry;
  const ending = sandbox.status === 'terminated' ? outcomeWord(sandbox) : null;
  return {
    id: `${sandbox.id} ${sandbox.version}`,
    kind: 'failed',
    title: `${eventWord(entry)}: ${titleOf(sandbox)}`,
    sentence: ending ?? detail ?? 'The operation failed on the platform.',
    effect: ending ? 'The sandbox is terminated.' : `The sandbox is ${statusWord(sandbox)} again.`,
  } as const;
}
