import { Badge, Tooltip } from '@mantine/core';
import { CloudOff, type LucideIcon, Radio, RefreshCw, TriangleAlert } from 'lucide-react';
import type { ConnectionState, Readable } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';

const looks: Readonly<
  Record<ConnectionState, { icon: LucideIcon; color: string; label: string; meaning: string }>
> = {
  live: { icon: Radio, color: 'teal', label: 'Live', meaning: 'The server sends changes as they happen.' },
  polling: {
    icon: RefreshCw,
    color: 'blue',
    label: 'Polling',
    meaning: 'The page requests changes every few seconds.',
  },
  offline: {
    icon: CloudOff,
    color: 'red',
    label: 'Offline',
    meaning: 'Cannot reach the server. Your commands wait, and are checked again when it is back.',
  },
  stale: { icon: TriangleAlert, color: 'orange', label: 'Stale', meaning: 'The page may be out of date.' },
};

/** The state of the connection to the server, and its problem. */
export function ConnectionIndicator({
  client,
}: {
  client: Readable<{ readonly connection: ConnectionState; readonly problem: string | null }>;
}) {
  const connection = useSandbox(client, (snapshot) => snapshot.connection);
  const problem = useSandbox(client, (snapshot) => snapshot.problem);
  const { icon: Icon, color, label, meaning } = looks[connection];
  const text = problem ? `${meaning} ${problem}` : meaning;
  return (
    <Tooltip label={text} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
      <Badge
        className="connection"
        role="status"
        tabIndex={0}
        aria-label={`Connection: ${label}. ${text}`}
        data-connection={connection}
        variant="light"
        color={color}
        tt="none"
        size="lg"
        leftSection={<Icon size={14} aria-hidden />}
      >
        <span className="connection-label">{label}</span>
      </Badge>
    </Tooltip>
  );
}
