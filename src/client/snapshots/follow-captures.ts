import { listInternalsOf } from '../replica/list-internals.ts';
import type { DisplayedSandbox } from '../replica/view.ts';
import type { SandboxListClient } from '../sandbox-list-client.ts';
import type { ServerUpdate } from '../transport/server-update.ts';

/** Calls `onChange` when a sandbox of the list begins or ends a capture. Keeps the list connected. */
export function followCaptures(list: SandboxListClient, onChange: () => void): () => void {
  const { updateListeners, hold } = listInternalsOf(list);
  const captures = new Map<string, string>();
  for (const { sandbox } of list.getSnapshot().sandboxes)
    if (sandbox) captures.set(sandbox.id, captureOf(sandbox));

  function onUpdate({ sandboxes, changes = [] }: ServerUpdate): void {
    let isChanged = false;
    for (const sandbox of [...changes.map((change) => change.sandbox), ...sandboxes]) {
      const capture = captureOf(sandbox);
      isChanged ||= capture !== (captures.get(sandbox.id) ?? captureOf(null));
      captures.set(sandbox.id, capture);
    }
    if (isChanged) onChange();
  }

  updateListeners.add(onUpdate);
  const release = hold();
  return () => {
    updateListeners.delete(onUpdate);
    release();
  };
}

/** The capture in progress, and the last one if it was the last operation. */
function captureOf(sandbox: Pick<DisplayedSandbox, 'snapshotId' | 'lastOperation'> | null): string {
  const { snapshotId = null, lastOperation = null } = sandbox ?? {};
  return JSON.stringify([snapshotId, lastOperation?.kind === 'snapshot' && lastOperation.id]);
}
