import { ActionIcon, Tooltip } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useWorkspace } from '../session/workspace.tsx';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { focusContent } from '../shared/focus.ts';
import { useNotify } from '../shared/notices.tsx';

/** The button that deletes a snapshot, after a confirmation. The snapshot disappears at once, and returns if it cannot. */
export function DeleteSnapshot({ id }: { id: string }) {
  const { snapshots, readOnly } = useWorkspace();
  const notify = useNotify();
  const [isConfirming, setConfirming] = useState(false);

  function remove(): void {
    void snapshots.delete(id).then(({ outcome, reason }) => {
      if (reason === null) return;
      snapshots.dismiss(id);
      notify({
        id: `delete ${id}`,
        kind: 'refused',
        title: 'The snapshot was not deleted',
        message: reason.message,
        effect: outcome === 'unknown' ? 'The snapshot may still exist.' : 'The snapshot still exists.',
      });
    });
    focusContent();
  }

  return (
    <>
      <Tooltip label={readOnly ?? 'Delete'}>
        <ActionIcon
          variant="subtle"
          color="red"
          size="md"
          aria-label={`Delete ${id}`}
          aria-disabled={readOnly !== null}
          data-disabled={readOnly !== null}
          onClick={() => readOnly === null && setConfirming(true)}
        >
          <Trash2 size={16} />
        </ActionIcon>
      </Tooltip>
      <ConfirmDialog
        title="Delete snapshot?"
        label="Delete permanently"
        isOpen={isConfirming}
        onClose={() => setConfirming(false)}
        onConfirm={remove}
      >
        This deletes <b>{id}</b> at once. New sandboxes can no longer start from it.
      </ConfirmDialog>
    </>
  );
}
