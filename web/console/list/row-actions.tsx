import { ActionIcon, Group, Loader, Tooltip, VisuallyHidden } from '@mantine/core';
import { CircleStop, type LucideIcon, Moon, Play } from 'lucide-react';
import { useState } from 'react';
import type { SandboxClient, SandboxView } from '../../../src/client/index.ts';
import { TerminateDialog } from '../sandbox/terminate-dialog.tsx';
import { useWorkspace } from '../session/workspace.tsx';
import { useFocusKept } from '../shared/focus.ts';
import { type Action, useAction } from '../shared/use-action.ts';
import { commandWords, titleOf } from '../shared/words.ts';

/** The most frequent commands. The page of a sandbox has all of them. */
export function RowActions({ snapshot: { id, sandbox } }: { snapshot: SandboxView }) {
  const client = useWorkspace().list.sandbox(id);
  const [ending, setEnding] = useState(false);
  const title = sandbox ? titleOf(sandbox) : id;
  // A terminated sandbox may leave the list, together with its focused button or its dialog.
  useFocusKept();
  return (
    <Group gap={4} wrap="nowrap" justify="end">
      <IconAction name="suspend" icon={Moon} title={title} action={useAction(client, 'suspend')} />
      <IconAction name="resume" icon={Play} title={title} action={useAction(client, 'resume')} />
      <IconAction
        name="terminate"
        icon={CircleStop}
        title={title}
        color="red"
        action={useAction(client, 'terminate', () => setEnding(true))}
      />
      <TerminateDialog client={client as SandboxClient} isOpen={ending} onClose={() => setEnding(false)} />
    </Group>
  );
}

function IconAction({
  name,
  icon: Icon,
  title,
  color = 'gray',
  action: { props, reason, textId },
}: {
  name: 'suspend' | 'resume' | 'terminate';
  icon: LucideIcon;
  title: string;
  color?: string;
  action: Action;
}) {
  const { label, busy } = commandWords[name];
  const isBusy = props['aria-busy'];
  return (
    <>
      <Tooltip label={reason ?? label} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
        <ActionIcon
          {...props}
          variant="subtle"
          color={color}
          size="lg"
          data-command={name}
          aria-label={`${isBusy ? busy : label} ${title}`}
        >
          {isBusy ? <Loader size={16} color="currentColor" aria-hidden /> : <Icon size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <VisuallyHidden id={textId}>{reason ?? ''}</VisuallyHidden>
    </>
  );
}
