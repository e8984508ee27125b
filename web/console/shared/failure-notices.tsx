import { useEffect, useRef } from 'react';
import { failureNotice } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { useNotify } from './notices.tsx';

/** Notifies the user of failures of the platform, in any sandbox, while the page is open. */
export function FailureNotices() {
  const sandboxes = useSandbox(useWorkspace().list, (view) => view.sandboxes);
  const notify = useNotify();
  const checked = useRef(new Map<string, number>());
  useEffect(() => {
    for (const { id, timeline, confirmed } of sandboxes) {
      // Failures from before the page was opened are history.
      const from = checked.current.get(id) ?? confirmed?.version ?? 0;
      checked.current.set(id, Math.max(from, confirmed?.version ?? 0));
      for (const entry of timeline) {
        const notice = entry.sandbox.version > from && failureNotice(entry);
        if (notice) notify(notice);
      }
    }
  }, [sandboxes, notify]);
  return null;
}
