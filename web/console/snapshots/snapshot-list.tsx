import { ActionIcon, Anchor, Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { SnapshotInfo } from '../../../src/schema/http/responses.ts';
import { useCreate } from '../create/create-provider.tsx';
import { useWorkspace } from '../session/workspace.tsx';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { focusContent } from '../shared/focus.ts';
import { useNotify } from '../shared/notices.tsx';
import { instant } from '../shared/time.ts';

const looks: Readonly<Record<string, { color: string; label: string }>> = {
  in_progress: { color: 'violet', label: 'In progress' },
  local_ready: { color: 'teal', label: 'Ready on its machine' },
  completed: { color: 'teal', label: 'Completed' },
  failed: { color: 'red', label: 'Failed' },
};

/** Snapshots, each with what can be done with it. */
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
  snapshot: { id, sandbox_id, status, snapshot_type, size_bytes, error, created_at },
  onChange,
  withSandbox,
}: {
  snapshot: SnapshotInfo;
  onChange: () => void;
  withSandbox: boolean;
}) {
  const { server } = useWorkspace();
  const create = useCreate();
  const notify = useNotify();
  const [isBusy, setBusy] = useState(false);
  const [isConfirming, setConfirming] = useState(false);
  const { color, label } = looks[status] ?? { color: 'gray', label: status };
  const isReady = status === 'completed' || status === 'local_ready';
  const reasonId = `why-not-${id}`;
  const onDeleted = () => {
    onChange();
    focusContent();
  };
  const remove = () => {
    setBusy(true);
    server.deleteSnapshot(id).then(onDeleted, (problem: Error) => {
      setBusy(false);
      const title = 'The snapshot was not deleted';
      notify({
        id: `delete ${id}`,
        kind: 'refused',
        title,
        sentence: problem.message,
        effect: 'It is still there.',
      });
    });
  };
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
        {!isReady && (
          <Text size="sm" c="dimmed" id={reasonId}>
            {error ?? 'It can be restored once it is ready.'}
          </Text>
        )}
      </div>
      <Group gap="xs" wrap="nowrap">
        <Button
          variant="default"
          size="xs"
          leftSection={<RotateCcw size={14} aria-hidden />}
          aria-disabled={!isReady}
          data-disabled={!isReady}
          aria-describedby={isReady ? undefined : reasonId}
          aria-label={`Restore ${id}`}
          onClick={() => isReady && create({ snapshotId: id })}
        >
          Restore
        </Button>
        <Tooltip label="Delete">
          <ActionIcon
            variant="subtle"
            color="red"
            size="md"
            aria-label={`Delete ${id}`}
            loading={isBusy}
            onClick={() => setConfirming(true)}
          >
            <Trash2 size={16} />
          </ActionIcon>
        </Tooltip>
      </Group>
      <ConfirmDialog
        title="Delete the snapshot?"
        label="Delete for good"
        isOpen={isConfirming}
        onClose={() => setConfirming(false)}
        onConfirm={remove}
      >
        <b>{id}</b> is gone at once, and nothing can be started from it any more.
      </ConfirmDialog>
    </Group>
  );
}

const format = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${format.format(count / 1024 ** power)} ${units[power]}`;
}
