import { Alert, Card, EmptyState, Skeleton, Stack } from '@mantine/core';
import { Camera } from 'lucide-react';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { SnapshotList } from './snapshot-list.tsx';
import { useSnapshots } from './use-snapshots.ts';

/** All snapshots of the namespace. */
export function SnapshotsPage() {
  const { list } = useWorkspace();
  // Any change of a sandbox may have started or completed a snapshot.
  const sandboxes = useSandbox(list, (snapshot) => snapshot.sandboxes);
  const { snapshots, problem, refresh } = useSnapshots(
    sandboxes.map(({ confirmed }) => confirmed?.version).join(),
  );
  return (
    <Stack gap="lg">
      <PageTitle document="Snapshots">Snapshots</PageTitle>
      {problem && (
        <Alert color="red" title="Cannot load the snapshots">
          {problem}
        </Alert>
      )}
      {snapshots === null && !problem && <Skeleton h={160} />}
      {snapshots?.length === 0 && (
        <EmptyState
          icon={<Camera size={32} aria-hidden />}
          title="No snapshots yet"
          description="Take one on the page of a running sandbox. A snapshot outlives its sandbox, and new sandboxes can start from it."
        />
      )}
      {snapshots && snapshots.length > 0 && (
        <Card withBorder>
          <SnapshotList snapshots={snapshots} onChange={refresh} withSandbox />
        </Card>
      )}
    </Stack>
  );
}
