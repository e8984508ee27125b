import { Button, Group, Stack, Text } from '@mantine/core';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { Dialog } from '../shared/dialog.tsx';
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
    <Dialog isOpen={isOpen} onClose={onClose} title="Terminate the sandbox?">
      <Stack>
        <Text className="wrapping">
          <b>{sandbox && titleOf(sandbox)}</b> ends for good, whatever it is doing. Snapshots of it stay.
        </Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red.9"
            onClick={() => {
              props.onClick();
              onClose();
            }}
          >
            Terminate for good
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
