import { Card, Text, Title } from '@mantine/core';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { SnapshotList } from '../snapshots/snapshot-list.tsx';
import { useSnapshots } from '../snapshots/use-snapshots.ts';

/** The snapshots of one sandbox, requested again whenever the sandbox changes. */
export function SandboxSnapshots({ client }: { client: SandboxClient }) {
  const version = useSandbox(client, ({ confirmed }) => confirmed?.version);
  const id = useSandbox(client, (snapshot) => snapshot.id);
  const { snapshots, problem, refresh } = useSnapshots(version);
  const own = snapshots?.filter((snapshot) => snapshot.sandbox_id === id);
  return (
    <Card withBorder component="section" aria-labelledby="snapshots">
      <Title order={2} size="h4" id="snapshots" mb="xs">
        Snapshots
      </Title>
      {problem && (
        <Text size="sm" c="red" role="alert">
          {problem}
        </Text>
      )}
      {own?.length === 0 && (
        <Text size="sm" c="dimmed">
          No snapshots yet. A snapshot outlives its sandbox, and new sandboxes can start from it.
        </Text>
      )}
      {own && own.length > 0 && <SnapshotList snapshots={own} onChange={refresh} />}
    </Card>
  );
}
