import { SegmentedControl, Text } from '@mantine/core';
import type { Draft } from './draft.ts';

type Kind = Draft['kind'];

const kinds = [
  { value: 'ephemeral', label: 'Ephemeral' },
  { value: 'named', label: 'Named' },
];

const meanings: Readonly<Record<Kind, string>> = {
  ephemeral: 'Cannot be suspended. It ends at its time limit.',
  named: 'Can be suspended and resumed. It is suspended at its time limit.',
};

/** The choice between an ephemeral and a named sandbox, with the difference. */
export function KindField({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label="Kind"
        data={kinds}
        value={kind}
        onChange={(value) => onChange(value as Kind)}
      />
      <Text size="sm" c="dimmed">
        {meanings[kind]}
      </Text>
    </>
  );
}
