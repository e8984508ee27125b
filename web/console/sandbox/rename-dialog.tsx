import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { Dialog } from '../shared/dialog.tsx';

interface Props {
  readonly client: SandboxClient;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The dialog that names or renames a sandbox. */
export function RenameDialog({ isOpen, onClose, client }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Rename sandbox">
      <RenameForm client={client} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ client, onClose }: Omit<Props, 'isOpen'>) {
  const old = useSandbox(client, ({ sandbox }) => sandbox?.name ?? '');
  const [name, setName] = useState(old);
  const command = useMemo(() => ({ type: 'rename', name }) as const, [name]);
  const { props, reason } = useSandboxAction(client, command);
  const [wasSubmitted, setSubmitted] = useState(false);
  const isChanged = name !== old;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setSubmitted(true);
        if (!client.can(command)) return;
        props.onClick();
        onClose();
      }}
    >
      <Stack>
        <TextInput
          className="field of-name"
          label="Name"
          description="Lowercase letters, digits and hyphens, at most 63. You can change a name, but not remove it."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={isChanged || wasSubmitted ? reason?.message : undefined}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
        />
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Rename</Button>
        </Group>
      </Stack>
    </form>
  );
}
