import { Button, Code, EmptyState, Group, Pagination, Skeleton, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Boxes, Plus, SearchX } from 'lucide-react';
import { useSandbox } from '../../../src/react/index.ts';
import { useCreate } from '../create/create-provider.tsx';
import { useWorkspace } from '../session/workspace.tsx';
import { ConnectionAlert } from '../shared/connection-alert.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { capital } from '../shared/words.ts';
import { isShown } from './filter.ts';
import { ListToolbar } from './list-toolbar.tsx';
import { SandboxCards } from './sandbox-cards.tsx';
import { SandboxTable } from './sandbox-table.tsx';
import { useView, type View } from './use-view.ts';

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
      <ConnectionAlert connection={connection} problem={problem}>
        {isLoaded ? 'The page shows the last known state.' : (problem ?? 'The page loads when it is back.')}
      </ConnectionAlert>
      <ListToolbar sandboxes={sandboxes} view={view} onChange={change} isNarrow={isNarrow} />
      {!isLoaded && connection !== 'offline' && <Skeleton h={180} aria-busy />}
      {isLoaded && sandboxes.length === 0 && <NoSandboxes />}
      {isLoaded && sandboxes.length > 0 && found.length === 0 && (
        <NothingFound view={view} onChange={change} />
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

/** The list when the filter and the search match no sandbox, with a button that shows all. */
function NothingFound({ view, onChange }: { view: View; onChange: (changes: Partial<View>) => void }) {
  const text = view.text.trim();
  const filter = view.show === 'all' ? 'No sandbox' : `No ${view.show} sandbox`;
  return (
    <EmptyState
      icon={<SearchX size={32} aria-hidden />}
      title="No matching sandboxes"
      description={
        <span className="wrapping">
          {text === '' ? `${filter} exists.` : `${filter} has “${text}” in its name or id.`} Change the filter
          or the search, or show all.
        </span>
      }
    >
      <Button variant="default" onClick={() => onChange({ show: 'all', text: '' })}>
        Show all sandboxes
      </Button>
    </EmptyState>
  );
}

function NoSandboxes() {
  return (
    <EmptyState
      icon={<Boxes size={40} aria-hidden />}
      title="No sandboxes yet"
      description="Create the first one here or from a shell:"
    >
      <Code
        block
        className="wrapping"
      >{`curl ${new URL('sandboxes', document.baseURI)} -d '{ "name": "my-env" }'`}</Code>
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
