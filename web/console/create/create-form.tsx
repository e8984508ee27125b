import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { LimitField } from '../shared/limits.tsx';
import { type CreateFrom, type Draft, emptyDraft, inputOf, problemsOf } from './draft.ts';
import { KindField } from './kind-field.tsx';
import { TimeLimitField } from './time-limit-field.tsx';
import { notCreated, useCreation } from './use-creation.ts';

/** The form for a new sandbox. */
export function CreateForm({ from, onDone }: { from: CreateFrom; onDone: () => void }) {
  const [, navigate] = useLocation();
  const { isBusy, problem, clearProblem, create } = useCreation((id) => {
    onDone();
    navigate(`/sandboxes/${id}`);
  });
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [wasSubmitted, setSubmitted] = useState(false);
  const isNamed = draft.kind === 'named';
  const problems = problemsOf(draft);
  const isAboutName = isNamed && problem !== null && /name/.test(problem);

  function change(changes: Partial<Draft>): void {
    setDraft({ ...draft, ...changes });
    clearProblem();
  }

  function submit(event: React.FormEvent): void {
    event.preventDefault();
    setSubmitted(true);
    if (Object.keys(problems).length === 0) void create(inputOf(draft, from.snapshotId));
  }

  return (
    <form onSubmit={submit} aria-label="New sandbox">
      <Stack>
        {from.snapshotId && (
          <Text size="sm" c="dimmed" className="wrapping">
            Starts from the snapshot <b>{from.snapshotId}</b>.
          </Text>
        )}
        <KindField kind={draft.kind} onChange={(kind) => change({ kind })} />
        {isNamed && (
          <TextInput
            className="field of-name"
            label="Name"
            placeholder="my-env"
            description="Lowercase letters, digits and hyphens."
            required
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={(wasSubmitted && problems.name) || (isAboutName && problem)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <TimeLimitField
          seconds={draft.seconds}
          problem={problems.seconds}
          onChange={(seconds) => change({ seconds })}
        />
        <LimitField
          limit="idleTimeoutMs"
          seconds={draft.idleSeconds}
          whenEmpty="Leave empty for the default of the server."
          onChange={(idleSeconds) => change({ idleSeconds })}
        />
        {isNamed && (
          <LimitField
            limit="suspendedTimeoutMs"
            seconds={draft.suspendedSeconds}
            whenEmpty="Leave empty for the default of the server."
            onChange={(suspendedSeconds) => change({ suspendedSeconds })}
          />
        )}
        <CommandFields draft={draft} onChange={change} />
        <Group justify="end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            {from.snapshotId ? 'Restore' : 'Create'}
          </Button>
        </Group>
        {/* Below the buttons, so that they keep their place. */}
        {problem && !isAboutName && (
          <Alert
            color="red"
            role="alert"
            title={notCreated}
            className="wrapping"
            ref={(alert) => alert?.scrollIntoView({ block: 'nearest' })}
          >
            {problem}
          </Alert>
        )}
      </Stack>
    </form>
  );
}

/** The program of the sandbox: its command and its image. */
function CommandFields({
  draft: { command, image },
  onChange,
}: {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}) {
  return (
    <>
      <Textarea
        label="Command"
        description="One argument per line. Leave empty for the command of the image."
        placeholder={'sleep\n600'}
        autosize
        minRows={2}
        maxRows={6}
        classNames={{ input: 'monospace' }}
        value={command}
        onChange={(event) => onChange({ command: event.currentTarget.value })}
        spellCheck={false}
      />
      <TextInput
        label="Image"
        placeholder="default"
        value={image}
        onChange={(event) => onChange({ image: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
    </>
  );
}
