import { Alert } from '@mantine/core';
import { createPortal } from 'react-dom';
import type { ConnectionState } from '../../../src/client/index.ts';
import { useNoticesSlot } from './notices.tsx';

/**
 * An alert while the page may not be current. It stands over the page, beside the notices, so that no button moves when the
 * connection is lost or restored.
 */
export function ConnectionAlert({
  connection,
  problem,
  children,
}: {
  connection: ConnectionState;
  problem: string | null;
  /** The behaviour of the page while the server cannot be reached. */
  children: string;
}) {
  const slot = useNoticesSlot();
  const isOffline = connection === 'offline';
  if (slot === null || !(isOffline || (connection === 'stale' && problem))) return null;
  return createPortal(
    <Alert
      className="connection-alert"
      variant="outline"
      color={isOffline ? 'red' : 'orange'}
      title={isOffline ? 'Cannot reach the server' : 'The page may be out of date'}
    >
      {isOffline ? children : problem}
    </Alert>,
    slot,
  );
}
