import { Chip, Group, NumberInput } from '@mantine/core';
import { duration } from '../shared/time.ts';
import type { Draft } from './draft.ts';

const commonLimits = ['60', '300', '3600'];

/** The time limit in seconds, with buttons for common limits. */
export function TimeLimitField({
  seconds,
  problem,
  onChange,
}: {
  seconds: Draft['seconds'];
  problem: string | undefined;
  onChange: (seconds: Draft['seconds']) => void;
}) {
  return (
    <>
      <NumberInput
        className="field"
        label="Time limit"
        description="In seconds. Leave empty for the default of the server."
        error={problem}
        clampBehavior="none"
        suffix=" s"
        value={seconds}
        onChange={(value) => onChange(value === '' ? '' : Number(value))}
      />
      <Chip.Group value={String(seconds)} onChange={(value) => onChange(Number(value))}>
        <Group gap="xs" role="group" aria-label="Common limits">
          {commonLimits.map((limit) => (
            <Chip key={limit} value={limit} size="xs">
              {duration(Number(limit) * 1000)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </>
  );
}
