import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';

/** Asks once more before something is done that cannot be undone. */
export function ConfirmDialog({
  title,
  label,
  isOpen,
  onClose,
  onConfirm,
  children,
}: {
  title: string;
  /** What the button says that does it. */
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
            Keep it
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
