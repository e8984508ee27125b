import { Card, Text, Title } from '@mantine/core';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { SnapshotList } from '../snapshots/snapshot-list.tsx';

/** The snapshots of one sandbox, shown as they begin and end. */
export function SandboxSnapshots({ client }: { client: SandboxClient }) {
  const id = useSandbox(client, (snapshot) => snapshot.id);
  const hasEnded = useSandbox(client, ({ sandbox }) => sandbox?.status === 'terminated');
  const { snapshots, isLoaded, problem } = useSandbox(useWorkspace().snapshots);
  const own = snapshots.filter(({ sandboxId }) => sandboxId === id);
  return (
    <Card withBorder component="section" aria-labelledby="snapshots">
      <Title order={2} size="h4" id="snapshots" mb="xs">
        Snapshots
      </Title>
      {problem && !isLoaded && (
        <Text size="sm" c="red" role="alert">
          {problem}
        </Text>
      )}
      {isLoaded && own.length === 0 && (
        <Text size="sm" c="dimmed">
          {hasEnded
            ? 'No snapshots. A terminated sandbox can take none.'
            : 'No snapshots yet. Take one with “Take snapshot” above. It outlives the sandbox, and new sandboxes can start from it.'}
        </Text>
      )}
      {own.length > 0 && <SnapshotList snapshots={own} />}
    </Card>
  );
}
