import { NumberInput } from '@mantine/core';

import { limitWords, problemOfSeconds, type Seconds } from './seconds.ts';

/** The field of one limit. */
export function LimitField({
  limit,
  seconds,
  whenEmpty,
  onChange,
}: {
  limit: keyof typeof limitWords;
  seconds: Seconds;
  whenEmpty: string;
  onChange: (seconds: Seconds) => void;
}) {
  const { label, meaning } = limitWords[limit];
  return (
    <NumberInput
      className="field"
      label={label}
      description={`${meaning} In seconds. ${whenEmpty}`}
      error={problemOfSeconds(seconds)}
      clampBehavior="none"
      suffix=" s"
      value={seconds}
      onChange={(value) => onChange(value === '' ? '' : Number(value))}
    />
  );
}
