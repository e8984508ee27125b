import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { Dialog } from '../shared/dialog.tsx';
import { LimitField } from '../shared/limits.tsx';
import { limitWords, problemOfSeconds, type Seconds } from '../shared/seconds.ts';

type Name = keyof typeof limitWords;
const names = Object.keys(limitWords) as Name[];

interface Props {
  readonly client: SandboxClient;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The dialog that changes the three limits of a sandbox. */
export function LimitsDialog({ isOpen, onClose, client }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Change limits">
      <LimitsForm client={client} onClose={onClose} />
    </Dialog>
  );
}

function LimitsForm({ client, onClose }: Omit<Props, 'isOpen'>) {
  const sandbox = useSandbox(client, (view) => view.sandbox);
  const secondsOf = (limitMs: number | null | undefined): Seconds => (limitMs ? limitMs / 1000 : '');
  const [old] = useState(() => names.map((name) => secondsOf(sandbox?.[name])));
  const [seconds, setSeconds] = useState(old);
  const changed = names.flatMap((name, index) => {
    const value = seconds[index] as Seconds;
    return value === old[index] ? [] : [[name, value === '' ? null : value * 1000] as const];
  });
  const hasProblem = seconds.some((value) => problemOfSeconds(value) !== undefined);
  const command = { type: 'setTimeouts', ...Object.fromEntries(changed) } as const;
  const reason = changed.length > 0 && !hasProblem ? client.why(command) : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (hasProblem || reason) return;
        if (changed.length > 0) client.send(command);
        onClose();
      }}
    >
      <Stack>
        {names.map((name, index) => (
          <LimitField
            key={name}
            limit={name}
            seconds={seconds[index] as Seconds}
            whenEmpty="Leave empty for no limit."
            onChange={(value) => setSeconds(seconds.with(index, value))}
          />
        ))}
        <Text size="sm" c="dimmed">
          A limit that you change starts again now.
        </Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Change limits</Button>
        </Group>
        {/* Below the buttons, so that they keep their place. */}
        {reason && (
          <Text size="sm" c="red" role="alert">
            {reason.message}
          </Text>
        )}
      </Stack>
    </form>
  );
}
