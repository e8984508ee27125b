import { useEffect, useRef } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useNotify } from '../shared/notices.tsx';
import { eventWord, isFailure, outcomeWord, statusWord } from '../shared/words.ts';

/** Tells of what the platform could not do, while one is looking: the server had taken it, so nothing was rolled back. */
export function FailureNotices({ client }: { client: SandboxClient }) {
  const timeline = useSandbox(client, (snapshot) => snapshot.timeline);
  const notify = useNotify();
  const seen = useRef<number | null>(null);
  useEffect(() => {
    const last = timeline.at(-1);
    if (last === undefined) return;
    // What was there when the page was opened is history.
    const from = seen.current ?? last.sandbox.version;
    seen.current = last.sandbox.version;
    for (const entry of timeline) {
      const { sandbox } = entry;
      if (sandbox.version <= from || !isFailure(entry)) continue;
      const ending = sandbox.status === 'terminated' ? outcomeWord(sandbox) : null;
      notify({
        id: `${sandbox.id} ${sandbox.version}`,
        kind: 'failed',
        title: eventWord(entry),
        sentence: ending ?? 'The platform could not do it.',
        effect: ending ? 'It is gone for good.' : `It is ${statusWord(sandbox)} again.`,
      });
    }
  }, [timeline, notify]);
  return null;
}
