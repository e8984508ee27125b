import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

/** A dialog without the header of Mantine, which would be a second banner of the page. */
export function Dialog({
  title,
  isOpen,
  onClose,
  size = 'md',
  children,
}: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  size?: 'md' | 'xl';
  children: ReactNode;
}) {
  return (
    <Modal.Root opened={isOpen} onClose={onClose} size={size}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body pt="md" pos="relative">
          <Modal.Title fw={650} fz="lg" mb="md" pr="xl">
            {title}
          </Modal.Title>
          {children}
          {/* Last, so that the first field has the focus, not this button. */}
          <Modal.CloseButton aria-label="Close" className="close" />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
