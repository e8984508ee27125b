import { Anchor, Card, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { Camera, CircleStop, HeartPulse, Moon, Pencil, Play, Timer } from 'lucide-react';
import { useState } from 'react';
import type { DisplayedSandbox, SandboxClient, SnapshotType } from '../../../src/client/index.ts';
import { ActionButton } from '../shared/action-button.tsx';
import { useAction } from '../shared/use-action.ts';
import { LimitsDialog } from './limits-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { TerminateDialog } from './terminate-dialog.tsx';

type Look = Pick<React.ComponentProps<typeof ActionButton>, 'icon' | 'hint'>;

/** The buttons of all commands. Each keeps its place in every state. */
export function Actions({
  client,
  sandbox,
  snapshotTypes,
}: {
  client: SandboxClient;
  sandbox: DisplayedSandbox;
  /** The types that the platform can take, the default first; empty until they are known. */
  snapshotTypes: readonly SnapshotType[];
}) {
  const [renaming, setRenaming] = useState(false);
  const [limiting, setLimiting] = useState(false);
  const [ending, setEnding] = useState(false);
  const shared = { client, sandbox, variant: 'default' } as const;
  return (
    <Card withBorder component="section" aria-labelledby="actions">
      <Title order={2} size="h4" id="actions" mb="sm">
        Actions
      </Title>
      <Stack gap="sm">
        <SimpleAction
          {...shared}
          name="suspend"
          icon={Moon}
          hint="Pauses the sandbox in place, and keeps its state."
        />
        <SimpleAction
          {...shared}
          name="resume"
          icon={Play}
          hint="Continues the sandbox, under the same id."
        />
        <SnapshotAction {...shared} types={snapshotTypes} />
        <SimpleAction
          {...shared}
          name="keepalive"
          icon={HeartPulse}
          hint="Counts as activity: starts the idle limit again."
        />
        <ActionButton
          {...shared}
          name="rename"
          icon={Pencil}
          action={useAction(client, 'rename', () => setRenaming(true))}
          hint={
            sandbox.name === null
              ? 'Makes the sandbox a named one, which can be suspended.'
              : 'Changes the name.'
          }
        />
        <ActionButton
          {...shared}
          name="setTimeouts"
          icon={Timer}
          action={useAction(client, 'setTimeouts', () => setLimiting(true))}
          hint="Gives the sandbox more or less time."
        />
        <ActionButton
          {...shared}
          name="terminate"
          icon={CircleStop}
          variant="light"
          color="red"
          action={useAction(client, 'terminate', () => setEnding(true))}
          hint="Ends the sandbox permanently."
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

interface ActionProps {
  readonly client: SandboxClient;
  readonly sandbox: DisplayedSandbox;
  readonly variant: 'default';
}

/** The button of a command without arguments. */
function SimpleAction({
  client,
  ...look
}: ActionProps & Look & { name: 'suspend' | 'resume' | 'keepalive' }) {
  return <ActionButton {...look} action={useAction(client, look.name)} />;
}

const contents: Readonly<Record<SnapshotType, string>> = { filesystem: 'Files', memory: 'Files and memory' };

/** The button that takes a snapshot, with a choice of the contents that the platform can capture. */
function SnapshotAction({ client, types, ...look }: ActionProps & { types: readonly SnapshotType[] }) {
  const [chosen, setChosen] = useState<SnapshotType>();
  const snapshotType = chosen ?? types[0];
  const action = useAction(client, { type: 'snapshot', snapshotType });
  return (
    <ActionButton
      {...look}
      name="snapshot"
      icon={Camera}
      action={action}
      hint="Captures a copy that new sandboxes can start from."
    >
      <div className="snapshot-contents">
        {types.length > 1 ? (
          <SegmentedControl
            size="xs"
            disabled={action.reason !== null}
            aria-label="Snapshot contents"
            data={types.map((value) => ({ value: value as string, label: contents[value] }))}
            value={snapshotType ?? ''}
            onChange={(value) => setChosen(value as SnapshotType)}
          />
        ) : (
          types.map((type) => (
            <Text key={type} size="sm" c="dimmed">
              Contents: {contents[type].toLowerCase()}
            </Text>
          ))
        )}
      </div>
    </ActionButton>
  );
}
