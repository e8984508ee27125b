import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { titleOf } from '../shared/words.ts';

/** Asks once more before a sandbox is ended for good. */
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
      title="Terminate the sandbox?"
      label="Terminate for good"
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={props.onClick}
    >
      <b>{sandbox && titleOf(sandbox)}</b> ends for good, whatever it is doing. Snapshots of it stay.
    </ConfirmDialog>
  );
}
