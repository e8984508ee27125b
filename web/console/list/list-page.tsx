import {
  Alert,
  Button,
  Code,
  EmptyState,
  Group,
  NativeSelect,
  Pagination,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Boxes, Plus, Search, SearchX } from 'lucide-react';
import { useState } from 'react';
import { useSandbox } from '../../../src/react/index.ts';
import { useCreate } from '../create/create-provider.tsx';
import { useWorkspace } from '../session/workspace.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { capital } from '../shared/words.ts';
import { choices, countOf, isShown, type Show } from './filter.ts';
import { SandboxCards } from './sandbox-cards.tsx';
import { SandboxTable } from './sandbox-table.tsx';

const pageSize = 25;

/** What a person has chosen to see of the list. */
interface View {
  readonly show: Show;
  readonly text: string;
  readonly page: number;
}

/** Who comes back to the list finds it as they left it. */
let lastView: View = { show: 'living', text: '', page: 1 };

/** All sandboxes of the namespace, live. */
export function ListPage() {
  const { list } = useWorkspace();
  const create = useCreate();
  const { sandboxes, isLoaded, connection, problem } = useSandbox(list);
  const [view, setView] = useState(lastView);
  const { show, text, page: pageAsked } = view;
  const change = (changes: Partial<View>) => {
    lastView = { ...view, page: 1, ...changes };
    setView(lastView);
  };
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const counts = countOf(sandboxes);
  const found = sandboxes.filter((one) => isShown(one, show, text));
  const shown = choices.map((value) => ({ value, label: `${capital(value)} ${counts[value]}` }));
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const page = Math.min(pageAsked, pages);
  const rows = found.slice((page - 1) * pageSize, page * pageSize);
  const Rows = isNarrow ? SandboxCards : SandboxTable;
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <PageTitle document="Sandboxes">Sandboxes</PageTitle>
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => create()}>
          Create a sandbox
        </Button>
      </Group>
      {connection === 'offline' && (
        <Alert color="red" title="The server is not reached">
          {isLoaded ? 'What you see is the last that was known.' : problem}
        </Alert>
      )}
      {connection === 'stale' && problem && (
        <Alert color="orange" title="What is shown may be old">
          {problem}
        </Alert>
      )}
      <Group justify="space-between" gap="sm">
        {isNarrow ? (
          <NativeSelect
            aria-label="Which sandboxes"
            data={shown}
            value={show}
            onChange={(event) => change({ show: event.currentTarget.value as Show })}
          />
        ) : (
          <SegmentedControl
            aria-label="Which sandboxes"
            data={shown}
            value={show}
            onChange={(value) => change({ show: value as Show })}
          />
        )}
        <TextInput
          aria-label="Find by name or id"
          placeholder="Find by name or id"
          type="search"
          leftSection={<Search size={16} aria-hidden />}
          value={text}
          onChange={(event) => change({ text: event.currentTarget.value })}
          className="search"
        />
      </Group>
      {!isLoaded && connection !== 'offline' && <Skeleton h={180} aria-busy />}
      {isLoaded && sandboxes.length === 0 && <Nothing />}
      {isLoaded && sandboxes.length > 0 && found.length === 0 && (
        <EmptyState
          icon={<SearchX size={32} aria-hidden />}
          title="None of them"
          description="Nothing matches what is asked for."
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

function Nothing() {
  const create = useCreate();
  return (
    <EmptyState
      icon={<Boxes size={40} aria-hidden />}
      title="No sandboxes yet"
      description="Create the first one here, or from a shell:"
    >
      <Code block className="wrapping">{`curl ${location.origin}/sandboxes -d '{ "name": "my-env" }'`}</Code>
      <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => create()}>
        Create a sandbox
      </Button>
    </EmptyState>
  );
}
