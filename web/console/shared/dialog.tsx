import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

/**
 * A dialog without the header of Mantine, which would be a second banner of the page. Its title and its close button stay in
 * view while its content scrolls.
 */
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
      <Modal.Content classNames={{ content: 'dialog' }}>
        <Modal.Body p={0} className="dialog-body">
          <div className="dialog-title">
            <Modal.Title fw={650} fz="lg">
              {title}
            </Modal.Title>
          </div>
          <div className="dialog-content">{children}</div>
          {/* Last, so that the first field has the focus, not this button. */}
          <Modal.CloseButton aria-label="Close" className="close" />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
