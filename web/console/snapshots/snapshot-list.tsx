import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { RotateCcw } from 'lucide-react';
import { Link } from 'wouter';
import type { SnapshotView } from '../../../src/client/index.ts';
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
  withSandbox = false,
}: {
  snapshots: readonly SnapshotView[];
  withSandbox?: boolean;
}) {
  return (
    <Stack component="ul" className="plain-list" gap="sm">
      {snapshots.map((snapshot) => (
        <Item key={snapshot.id} snapshot={snapshot} withSandbox={withSandbox} />
      ))}
    </Stack>
  );
}

function Item({ snapshot, withSandbox }: { snapshot: SnapshotView; withSandbox: boolean }) {
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
        <DeleteSnapshot id={id} />
      </Group>
    </Group>
  );
}

/** The contents, size, time and, where needed, sandbox of a snapshot. */
function Description({
  snapshot: { sandboxId, snapshotType, sizeBytes, createdAt },
  withSandbox,
}: {
  snapshot: SnapshotView;
  withSandbox: boolean;
}) {
  return (
    <Text size="sm" c="dimmed">
      {snapshotType === 'memory' ? 'Files and memory' : 'Files'}
      {sizeBytes === null ? '' : `, ${bytes(sizeBytes)}`}, {instant(createdAt)}
      {withSandbox && (
        <>
          {', of '}
          <Anchor component={Link} href={`/sandboxes/${sandboxId}`} inherit underline="always">
            {sandboxId}
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
