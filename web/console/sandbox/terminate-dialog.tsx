import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { titleOf } from '../shared/words.ts';

/** The confirmation before a sandbox is terminated. */
export function TerminateDialog({
  client,
  isOpen,
  onClose,
}: {
  client: SandboxClient;
  isOpen: boolean;
  onClose: () => void;
}) {
  const sandbox = useSandbox(client, (snapshot) => snapshot.sandbox);
  const { props } = useSandboxAction(client, 'terminate');
  return (
    <ConfirmDialog
      title="Terminate sandbox?"
      label="Terminate permanently"
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={props.onClick}
    >
      This ends <b>{sandbox && titleOf(sandbox)}</b> permanently, whatever it is doing. Its snapshots remain.
    </ConfirmDialog>
  );
}
