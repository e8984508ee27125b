import { Alert, Button, Code, EmptyState, Group, Pagination, Skeleton, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Boxes, Plus, SearchX } from 'lucide-react';
import type { ConnectionState } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { useCreate } from '../create/create-provider.tsx';
import { useWorkspace } from '../session/workspace.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { capital } from '../shared/words.ts';
import { isShown } from './filter.ts';
import { ListToolbar } from './list-toolbar.tsx';
import { SandboxCards } from './sandbox-cards.tsx';
import { SandboxTable } from './sandbox-table.tsx';
import { useView } from './use-view.ts';

const pageSize = 25;

/** All sandboxes of the namespace, live. */
export function ListPage() {
  const { sandboxes, isLoaded, connection, problem } = useSandbox(useWorkspace().list);
  const [view, change] = useView();
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const found = sandboxes.filter((one) => isShown(one, view.show, view.text));
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const page = Math.min(view.page, pages);
  const rows = found.slice((page - 1) * pageSize, page * pageSize);
  const Rows = isNarrow ? SandboxCards : SandboxTable;
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <PageTitle document="Sandboxes">Sandboxes</PageTitle>
        <CreateButton />
      </Group>
      <ConnectionAlert connection={connection} isLoaded={isLoaded} problem={problem} />
      <ListToolbar sandboxes={sandboxes} view={view} onChange={change} isNarrow={isNarrow} />
      {!isLoaded && connection !== 'offline' && <Skeleton h={180} aria-busy />}
      {isLoaded && sandboxes.length === 0 && <NoSandboxes />}
      {isLoaded && sandboxes.length > 0 && found.length === 0 && (
        <EmptyState
          icon={<SearchX size={32} aria-hidden />}
          title="No matching sandboxes"
          description="Change the filter or the search."
        />
      )}
      {rows.length > 0 && <Rows sandboxes={rows} />}
      {pages > 1 && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {found.length} sandboxes
          </Text>
          <Pagination
            total={pages}
            value={page}
            onChange={(page) => change({ page })}
            getControlProps={(control) => ({ 'aria-label': `${capital(control)} page` })}
            getItemProps={(number) => ({ 'aria-label': `Page ${number}` })}
          />
        </Group>
      )}
    </Stack>
  );
}

/** An alert when the list may not be current. */
function ConnectionAlert({
  connection,
  isLoaded,
  problem,
}: {
  connection: ConnectionState;
  isLoaded: boolean;
  problem: string | null;
}) {
  if (connection === 'offline') {
    return (
      <Alert color="red" title="Cannot reach the server">
        {isLoaded ? 'The page shows the last known state.' : problem}
      </Alert>
    );
  }
  if (connection === 'stale' && problem) {
    return (
      <Alert color="orange" title="The page may be out of date">
        {problem}
      </Alert>
    );
  }
  return null;
}

function NoSandboxes() {
  return (
    <EmptyState
      icon={<Boxes size={40} aria-hidden />}
      title="No sandboxes yet"
      description="Create the first one here or from a shell:"
    >
      <Code block className="wrapping">{`curl ${location.origin}/sandboxes -d '{ "name": "my-env" }'`}</Code>
      <CreateButton />
    </EmptyState>
  );
}

function CreateButton() {
  const create = useCreate();
  return (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => create()}>
      Create sandbox
    </Button>
  );
}
