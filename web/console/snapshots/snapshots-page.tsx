import { Alert, Button, Card, EmptyState, Skeleton, Stack } from '@mantine/core';
import { Camera } from 'lucide-react';
import { Link } from 'wouter';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { SnapshotList } from './snapshot-list.tsx';

/** All snapshots of the namespace. */
export function SnapshotsPage() {
  const { snapshots, isLoaded, problem } = useSandbox(useWorkspace().snapshots);
  return (
    <Stack gap="lg">
      <PageTitle document="Snapshots">Snapshots</PageTitle>
      {problem && !isLoaded && (
        <Alert color="red" title="Cannot load the snapshots">
          {problem}
        </Alert>
      )}
      {!isLoaded && !problem && <Skeleton h={160} />}
      {isLoaded && snapshots.length === 0 && (
        <EmptyState
          icon={<Camera size={32} aria-hidden />}
          title="No snapshots yet"
          description="Take one on the page of a running sandbox. A snapshot outlives its sandbox, and new sandboxes can start from it."
        >
          <Button component={Link} href="/" variant="default">
            Show the sandboxes
          </Button>
        </EmptyState>
      )}
      {snapshots.length > 0 && (
        <Card withBorder>
          <SnapshotList snapshots={snapshots} withSandbox />
        </Card>
      )}
    </Stack>
  );
}
