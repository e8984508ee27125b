import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';

/** The confirmation before an action that cannot be undone. */
export function ConfirmDialog({
  title,
  label,
  isOpen,
  onClose,
  onConfirm,
  children,
}: {
  title: string;
  /** The label of the button that confirms. */
  label: string;
  isOpen: boolean;
  onClose: () => void;
  onConfirm: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <Stack>
        <Text className="wrapping">{children}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color="red.9"
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
