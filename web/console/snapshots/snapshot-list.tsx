import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { RotateCcw } from 'lucide-react';
import { Link } from 'wouter';
import type { SnapshotInfo } from '../../../src/schema/http/responses.ts';
import { useCreate } from '../create/create-provider.tsx';
import { instant } from '../shared/time.ts';
import { DeleteSnapshot } from './delete-snapshot.tsx';

const looks: Readonly<Record<string, { color: string; label: string }>> = {
  in_progress: { color: 'violet', label: 'In progress' },
  local_ready: { color: 'teal', label: 'Ready on its machine' },
  completed: { color: 'teal', label: 'Completed' },
  failed: { color: 'red', label: 'Failed' },
};

/** Snapshots, with buttons that restore and delete them. */
export function SnapshotList({
  snapshots,
  onChange,
  withSandbox = false,
}: {
  snapshots: readonly SnapshotInfo[];
  onChange: () => void;
  withSandbox?: boolean;
}) {
  return (
    <Stack component="ul" className="plain-list" gap="sm">
      {snapshots.map((snapshot) => (
        <Item key={snapshot.id} snapshot={snapshot} onChange={onChange} withSandbox={withSandbox} />
      ))}
    </Stack>
  );
}

function Item({
  snapshot,
  onChange,
  withSandbox,
}: {
  snapshot: SnapshotInfo;
  onChange: () => void;
  withSandbox: boolean;
}) {
  const { id, status, error } = snapshot;
  const { color, label } = looks[status] ?? { color: 'gray', label: status };
  const isReady = status === 'completed' || status === 'local_ready';
  const reasonId = `why-not-${id}`;
  return (
    <Group component="li" justify="space-between" gap="sm" data-snapshot={id}>
      <div className="grow">
        <Group gap="xs">
          <Text size="sm" ff="monospace" className="wrapping">
            {id}
          </Text>
          <Badge variant="light" color={color} tt="none">
            {label}
          </Badge>
        </Group>
        <Description snapshot={snapshot} withSandbox={withSandbox} />
        {!isReady && (
          <Text size="sm" c="dimmed" id={reasonId}>
            {error ?? 'You can restore it when it is ready.'}
          </Text>
        )}
      </div>
      <Group gap="xs" wrap="nowrap">
        <RestoreButton id={id} reasonId={isReady ? undefined : reasonId} />
        <DeleteSnapshot id={id} onDeleted={onChange} />
      </Group>
    </Group>
  );
}

/** The contents, size, time and, where needed, sandbox of a snapshot. */
function Description({
  snapshot: { sandbox_id, snapshot_type, size_bytes, created_at },
  withSandbox,
}: {
  snapshot: SnapshotInfo;
  withSandbox: boolean;
}) {
  return (
    <Text size="sm" c="dimmed">
      {snapshot_type === 'memory' ? 'Files and memory' : 'Files'}
      {size_bytes === undefined ? '' : `, ${bytes(size_bytes)}`}, {instant(created_at)}
      {withSandbox && (
        <>
          {', of '}
          <Anchor component={Link} href={`/sandboxes/${sandbox_id}`} inherit underline="always">
            {sandbox_id}
          </Anchor>
        </>
      )}
    </Text>
  );
}

/** Opens the form for a sandbox from this snapshot. With a reason it is disabled, and keeps the focus. */
function RestoreButton({ id, reasonId }: { id: string; reasonId: string | undefined }) {
  const create = useCreate();
  const isReady = reasonId === undefined;
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<RotateCcw size={14} aria-hidden />}
      aria-disabled={!isReady}
      data-disabled={!isReady}
      aria-describedby={reasonId}
      aria-label={`Restore ${id}`}
      onClick={() => isReady && create({ snapshotId: id })}
    >
      Restore
    </Button>
  );
}

const format = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${format.format(count / 1024 ** power)} ${units[power]}`;
}
