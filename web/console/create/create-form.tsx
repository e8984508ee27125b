import {
  Alert,
  Button,
  Chip,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { duration } from '../shared/time.ts';
import { type CreateFrom, type Draft, emptyDraft, problemsOf, requestOf } from './draft.ts';
import { useCreateRequest } from './use-create-request.ts';

const kinds = [
  { value: 'ephemeral', label: 'Ephemeral' },
  { value: 'named', label: 'Named' },
];
const limits = ['60', '300', '3600'];

/** The form for a new sandbox, which sends it to the server. */
export function CreateForm({ from, onDone }: { from: CreateFrom; onDone: () => void }) {
  const [, navigate] = useLocation();
  const { isBusy, problem, forgetProblem, send } = useCreateRequest((id) => {
    onDone();
    navigate(`/sandboxes/${id}`);
  });
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [wasSubmitted, setSubmitted] = useState(false);
  const isNamed = draft.kind === 'named';
  const problems = problemsOf(draft);
  const isAboutName = isNamed && problem !== null && /name/.test(problem.message);

  function change(changes: Partial<Draft>): void {
    setDraft({ ...draft, ...changes });
    forgetProblem();
  }

  function submit(event: React.FormEvent): void {
    event.preventDefault();
    setSubmitted(true);
    if (Object.keys(problems).length === 0) void send(requestOf(draft, from.snapshotId));
  }

  return (
    <form onSubmit={submit} aria-label="A new sandbox">
      <Stack>
        {from.snapshotId && (
          <Text size="sm" c="dimmed" className="wrapping">
            It starts as the snapshot <b>{from.snapshotId}</b> was taken.
          </Text>
        )}
        <SegmentedControl
          fullWidth
          aria-label="Kind"
          data={kinds}
          value={draft.kind}
          onChange={(kind) => change({ kind: kind as Draft['kind'] })}
        />
        <Text size="sm" c="dimmed">
          {isNamed
            ? 'It can be suspended and resumed, and is suspended when its time is up.'
            : 'It cannot be suspended, and ends when its time is up.'}
        </Text>
        {isNamed && (
          <TextInput
            label="Name"
            placeholder="my-env"
            description="Lowercase letters, digits and hyphens."
            required
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={(wasSubmitted && problems.name) || (isAboutName && problem.message)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <NumberInput
          label="Time limit"
          description={`In seconds; without one, the server's own. ${isNamed ? 'It is suspended then.' : 'It ends then.'}`}
          error={problems.seconds}
          clampBehavior="none"
          suffix=" s"
          value={draft.seconds}
          onChange={(seconds) => change({ seconds: seconds === '' ? '' : Number(seconds) })}
        />
        <Chip.Group
          value={String(draft.seconds)}
          onChange={(seconds) => change({ seconds: Number(seconds) })}
        >
          <Group gap="xs" role="group" aria-label="Usual limits">
            {limits.map((seconds) => (
              <Chip key={seconds} value={seconds} size="xs">
                {duration(Number(seconds) * 1000)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Textarea
          label="Command"
          description="One argument on each line; without one, that of the image."
          placeholder={'sleep\n600'}
          autosize
          minRows={2}
          maxRows={6}
          classNames={{ input: 'monospace' }}
          value={draft.command}
          onChange={(event) => change({ command: event.currentTarget.value })}
          spellCheck={false}
        />
        <TextInput
          label="Image"
          placeholder="default"
          value={draft.image}
          onChange={(event) => change({ image: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
        {problem && !isAboutName && (
          <Alert color="red" role="alert" title="It was not created">
            {problem.message}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            {from.snapshotId ? 'Restore' : 'Create'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
