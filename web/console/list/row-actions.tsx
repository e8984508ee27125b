import { ActionIcon, Group, Loader, Tooltip, VisuallyHidden } from '@mantine/core';
import { CircleStop, type LucideIcon, Moon, Play } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import type { SandboxClient, SandboxView } from '../../../src/client/index.ts';
import { useSandboxAction } from '../../../src/react/index.ts';
import { TerminateDialog } from '../sandbox/terminate-dialog.tsx';
import { useOpener } from '../sandbox/use-opener.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { focusContent } from '../shared/focus.ts';
import { commandWords, titleOf } from '../shared/words.ts';

/** The most frequent commands. The page of a sandbox has all of them. */
export function RowActions({ snapshot: { id, sandbox } }: { snapshot: SandboxView }) {
  const client = useWorkspace().list.sandbox(id);
  const [ending, setEnding] = useState(false);
  const title = sandbox ? titleOf(sandbox) : id;
  const row = useRef<HTMLDivElement>(null);
  const isEnding = useRef(ending);
  isEnding.current = ending;
  // A terminated sandbox may leave the list, together with its focused button or its open dialog.
  useLayoutEffect(
    () => () => {
      if (isEnding.current || row.current?.contains(document.activeElement)) focusContent();
    },
    [],
  );
  return (
    <Group gap={4} wrap="nowrap" justify="end" ref={row}>
      <IconAction name="suspend" icon={Moon} title={title} action={useSandboxAction(client, 'suspend')} />
      <IconAction name="resume" icon={Play} title={title} action={useSandboxAction(client, 'resume')} />
      <IconAction
        name="terminate"
        icon={CircleStop}
        title={title}
        color="red"
        action={useOpener(client, 'terminate', () => setEnding(true))}
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
  action: { props, reason, reasonId },
}: {
  name: 'suspend' | 'resume' | 'terminate';
  icon: LucideIcon;
  title: string;
  color?: string;
  action: ReturnType<typeof useSandboxAction>;
}) {
  const { label, busy } = commandWords[name];
  const isBusy = props['aria-busy'];
  return (
    <>
      <Tooltip
        label={reason?.message ?? label}
        multiline
        maw={280}
        events={{ hover: true, focus: true, touch: true }}
      >
        <ActionIcon
          {...props}
          onClick={isBusy ? undefined : props.onClick}
          variant="subtle"
          color={color}
          size="lg"
          data-command={name}
          data-disabled={reason !== null}
          aria-label={`${isBusy ? busy : label} ${title}`}
        >
          {isBusy ? <Loader size={16} color="currentColor" aria-hidden /> : <Icon size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      {reason && <VisuallyHidden id={reasonId}>{reason.message}</VisuallyHidden>}
    </>
  );
}
