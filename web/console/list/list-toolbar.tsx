import { Group, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import type { SandboxView } from '../../../src/client/index.ts';
import { capital } from '../shared/words.ts';
import { choices, countOf, type Show } from './filter.ts';
import type { View } from './use-view.ts';

/** The filter of the list, with the number of sandboxes of each choice, and the search. */
export function ListToolbar({
  sandboxes,
  view: { show, text },
  onChange,
  isNarrow,
}: {
  sandboxes: readonly SandboxView[];
  view: View;
  onChange: (changes: Partial<View>) => void;
  isNarrow: boolean;
}) {
  const counts = countOf(sandboxes);
  const data = choices.map((value) => ({ value, label: `${capital(value)} ${counts[value]}` }));
  return (
    <Group justify="space-between" gap="sm">
      {isNarrow ? (
        <NativeSelect
          aria-label="Filter by status"
          data={data}
          value={show}
          onChange={(event) => onChange({ show: event.currentTarget.value as Show })}
        />
      ) : (
        <SegmentedControl
          aria-label="Filter by status"
          data={data}
          value={show}
          onChange={(value) => onChange({ show: value as Show })}
        />
      )}
      <TextInput
        aria-label="Search by name or id"
        placeholder="Search by name or id"
        type="search"
        leftSection={<Search size={16} aria-hidden />}
        value={text}
        onChange={(event) => onChange({ text: event.currentTarget.value })}
        className="search"
      />
    </Group>
  );
}
