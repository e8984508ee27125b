import { Button, Notification, Stack, Text } from '@mantine/core';
import { CloudAlert, TriangleAlert, Undo2 } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import type { Rollback, SandboxClient, SandboxListClient } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { useRollback } from '../../../src/react/index.ts';
import { focusContent } from './focus.ts';
import { capital, commandWords } from './words.ts';

/** A message that stays until the user dismisses it. */
export interface Notice {
  readonly id: string;
  readonly kind: 'refused' | 'dropped' | 'unknown' | 'failed';
  readonly title: string;
  /** The reason, in the sentence of the server or of the machine. */
  readonly sentence: string;
  /** The effect on the page. */
  readonly effect: string;
  /** Called when the user dismisses the notice. */
  readonly onDismiss?: () => void;
}

const NoticesContext = createContext<(notice: Notice) => void>(() => {});

/** A function that shows a notice. It ignores a notice with the id of a shown one. */
export const useNotify = () => useContext(NoticesContext);

const icons = { refused: Undo2, dropped: Undo2, unknown: CloudAlert, failed: TriangleAlert };

/** Shows notices over the page, the newest last. */
export function NoticesProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const notify = useCallback(
    (notice: Notice) =>
      setNotices((all) => (all.some(({ id }) => id === notice.id) ? all : [...all, notice])),
    [],
  );
  function dismiss(dismissed: readonly Notice[]): void {
    setNotices((all) => all.filter((notice) => !dismissed.includes(notice)));
    for (const { onDismiss } of dismissed) onDismiss?.();
    focusContent();
  }
  return (
    <NoticesContext value={notify}>
      {children}
      <Stack component="section" aria-label="Notices" className="notices" gap="sm">
        {notices.length > 1 && (
          <Button variant="default" size="xs" className="dismiss-all" onClick={() => dismiss(notices)}>
            Dismiss all
          </Button>
        )}
        {notices.map((notice) => (
          <NoticeCard key={notice.id} notice={notice} onClose={() => dismiss([notice])} />
        ))}
      </Stack>
    </NoticesContext>
  );
}

/** The effect of a rollback on the page. `from` is the current status with the command, `to` without it. */
function effectOf(
  outcome: Rollback['outcome'],
  type: CommandName,
  from: string | null,
  to: string | null,
): string {
  if (outcome === 'unknown') return 'The page shows the current state on the server.';
  if (type === 'rename') return 'The sandbox keeps its name.';
  if (from !== null && to !== null && from !== to) return `Rolled back from ${from} to ${to}.`;
  return to === null ? '' : `The sandbox is ${to}.`;
}

const titles = {
  refused: (label: string) => `${label} was refused`,
  dropped: (label: string) => `${label} was not sent`,
  unknown: (label: string) => `${label} has an unknown outcome`,
};

function NoticeCard({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const { kind, title, sentence, effect } = notice;
  const Icon = icons[kind];
  return (
    <Notification
      role="alert"
      className="notice"
      data-kind={kind}
      color={kind === 'unknown' ? 'orange' : 'red'}
      icon={<Icon size={18} aria-hidden />}
      title={title}
      withBorder
      closeButtonProps={{ 'aria-label': `Dismiss: ${title}` }}
      onClose={onClose}
    >
      <Text size="sm" c="var(--mantine-color-text)">
        {sentence}
      </Text>
      <Text size="sm" c="dimmed">
        {effect}
      </Text>
    </Notification>
  );
}

/** Shows a notice for each command of this client that is rolled back. */
export function RollbackNotices({ client }: { client: SandboxClient | SandboxListClient }) {
  const notify = useNotify();
  useRollback(client, ({ id, sandboxId, command, outcome, reason, from, to }: Rollback) => {
    const effect = effectOf(outcome, command.type, from, to);
    const title = titles[outcome](commandWords[command.type].noun);
    const onDismiss = () => ('sandbox' in client ? client.sandbox(sandboxId) : client).dismiss(id);
    notify({ id, kind: outcome, title, sentence: capital(reason.message), effect, onDismiss });
  });
  return null;
}
