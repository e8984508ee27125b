import { Anchor, Card, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { Camera, CircleStop, HeartPulse, Moon, Pencil, Play, Timer } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { DisplayedSandbox, SandboxClient, SnapshotType } from '../../../src/client/index.ts';
import { type Sandbox, statuses, transition } from '../../../src/index.ts';
import { useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { ActionButton } from '../shared/action-button.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { TerminateDialog } from './terminate-dialog.tsx';
import { useOpener } from './use-opener.ts';

type Look = Omit<React.ComponentProps<typeof ActionButton>, 'action'>;

/** The buttons of all commands, enabled or disabled. */
export function Actions({ client }: { client: SandboxClient }) {
  const [renaming, setRenaming] = useState(false);
  const [ending, setEnding] = useState(false);
  const rename = useOpener(client, 'rename', () => setRenaming(true));
  const [limiting, setLimiting] = useState(false);
  const limits = useOpener(client, 'setTimeouts', () => setLimiting(true));
  const sandbox = useSandbox(client, (snapshot) => snapshot.sandbox);
  const hasEnded = changesNothing(sandbox, 'terminate');
  const terminate = useOpener(client, 'terminate', () => setEnding(!hasEnded));
  return (
    <Card withBorder component="section" aria-labelledby="actions">
      <Title order={2} size="h4" id="actions" mb="sm">
        Actions
      </Title>
      <Stack gap="sm">
        <SimpleAction
          client={client}
          name="suspend"
          icon={Moon}
          hint="Pauses the sandbox in place, and keeps its state."
        />
        <SimpleAction
          client={client}
          name="resume"
          icon={Play}
          hint="Continues the sandbox, under the same id."
        />
        <SnapshotAction client={client} />
        <SimpleAction
          client={client}
          name="keepalive"
          icon={HeartPulse}
          hint="Counts as activity: starts the idle limit again."
        />
        <ActionButton
          name="rename"
          icon={Pencil}
          variant="default"
          action={rename}
          hint={
            sandbox?.name === null
              ? 'Makes the sandbox a named one, which can be suspended.'
              : 'Changes the name.'
          }
        />
        <ActionButton
          name="setTimeouts"
          icon={Timer}
          variant="default"
          action={limits}
          hint="Gives the sandbox more or less time."
        />
        <ActionButton
          name="terminate"
          icon={CircleStop}
          variant="light"
          color="red"
          action={terminate}
          hint={hasEnded ? 'The sandbox is already terminated.' : 'Ends the sandbox permanently.'}
        />
      </Stack>
      <RenameDialog client={client} isOpen={renaming} onClose={() => setRenaming(false)} />
      <LimitsDialog client={client} isOpen={limiting} onClose={() => setLimiting(false)} />
      <TerminateDialog client={client} isOpen={ending} onClose={() => setEnding(false)} />
      <Text size="xs" c="dimmed" mt="md">
        A disabled button shows the reason.{' '}
        <Anchor href="./docs" inherit underline="always">
          The API
        </Anchor>{' '}
        returns the same sentence.
      </Text>
    </Card>
  );
}

/** The button of a command without arguments. */
function SimpleAction({
  client,
  hint,
  ...look
}: { client: SandboxClient } & Look & { name: 'suspend' | 'resume' | 'keepalive' }) {
  const sandbox = useSandbox(client, (snapshot) => snapshot.sandbox);
  const action = useSandboxAction(client, look.name);
  return (
    <ActionButton
      variant="default"
      {...look}
      action={action}
      hint={changesNothing(sandbox, look.name) ? 'Has no effect in the current state.' : hint}
    />
  );
}

/** Whether a command is allowed but has no effect: its result already holds, or it is in progress. */
function changesNothing(
  sandbox: DisplayedSandbox | null,
  type: 'suspend' | 'resume' | 'keepalive' | 'terminate',
): boolean {
  // The machine of this page does not know the statuses of a newer server.
  if (sandbox === null || !(statuses as readonly string[]).includes(sandbox.status)) return false;
  return transition(sandbox as Sandbox, { type, at: Date.now() }).outcome === 'unchanged';
}

const kinds = [
  { value: 'filesystem', label: 'Files' },
  { value: 'memory', label: 'Files and memory' },
];

function SnapshotAction({ client }: { client: SandboxClient }) {
  const [snapshotType, setType] = useState<SnapshotType>('filesystem');
  const command = useMemo(() => ({ type: 'snapshot', snapshotType }) as const, [snapshotType]);
  const action = useSandboxAction(client, command);
  return (
    <ActionButton
      name="snapshot"
      icon={Camera}
      variant="default"
      action={action}
      hint="Captures a copy that new sandboxes can start from."
    >
      <Group gap="xs" mt={4}>
        <SegmentedControl
          size="xs"
          disabled={action.reason !== null}
          aria-label="Snapshot contents"
          data={kinds}
          value={snapshotType}
          onChange={(value) => setType(value as SnapshotType)}
        />
      </Group>
    </ActionButton>
  );
}
