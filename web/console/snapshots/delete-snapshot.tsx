import { ActionIcon, Tooltip } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useWorkspace } from '../session/workspace.tsx';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { focusContent } from '../shared/focus.ts';
import { useNotify } from '../shared/notices.tsx';

/** The button that deletes a snapshot, after a confirmation. */
export function DeleteSnapshot({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const { server } = useWorkspace();
  const notify = useNotify();
  const [isBusy, setBusy] = useState(false);
  const [isConfirming, setConfirming] = useState(false);

  function remove(): void {
    setBusy(true);
    server.deleteSnapshot(id).then(
      () => {
        onDeleted();
        focusContent();
      },
      ({ message }: Error) => {
        setBusy(false);
        notify({
          id: `delete ${id}`,
          kind: 'refused',
          title: 'The snapshot was not deleted',
          sentence: message,
          effect: 'The snapshot still exists.',
        });
      },
    );
  }

  return (
    <>
      <Tooltip label="Delete">
        <ActionIcon
          variant="subtle"
          color="red"
          size="md"
          aria-label={`Delete ${id}`}
          loading={isBusy}
          onClick={() => setConfirming(true)}
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
