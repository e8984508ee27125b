import { Button, Notification, Stack, Text } from '@mantine/core';
import { CloudAlert, TriangleAlert, Undo2 } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import type { Rollback, SandboxClient, SandboxListClient } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { useRollback } from '../../../src/react/index.ts';
import { focusContent } from './focus.ts';
import { capital, commandWords } from './words.ts';

/** Something that a person should know, and that stays until they have put it away. */
export interface Notice {
  readonly id: string;
  readonly kind: 'refused' | 'dropped' | 'unknown' | 'failed';
  readonly title: string;
  /** Why: the server's own sentence, or the machine's. */
  readonly sentence: string;
  /** What it means for what is shown. */
  readonly effect: string;
  /** Called when it is put away. */
  readonly onDismiss?: () => void;
}

const NoticesContext = createContext<(notice: Notice) => void>(() => {});

/** Tells a person something. A notice that is there already is not told twice. */
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
  function dismiss(these: readonly Notice[]): void {
    setNotices((all) => all.filter((notice) => !these.includes(notice)));
    for (const { onDismiss } of these) onDismiss?.();
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

/** What it means for what is shown. The statuses are those with and without the command, on what is known by now. */
function effectOf(
  outcome: Rollback['outcome'],
  type: CommandName,
  from: string | null,
  to: string | null,
): string {
  if (outcome === 'unknown') return 'What is shown is what the server says now.';
  if (type === 'rename') return 'It keeps the name that it had.';
  if (from !== null && to !== null && from !== to)
    return `Taken back: it was shown as ${from}, and is ${to}.`;
  return to === null ? '' : `It is ${to}.`;
}

const titles = {
  refused: (label: string) => `${label} was refused`,
  dropped: (label: string) => `${label} was not sent`,
  unknown: (label: string) => `Nobody can tell whether ${label.toLowerCase()} happened`,
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

/** Makes a notice of each command of this client that is taken back. */
export function RollbackNotices({ client }: { client: SandboxClient | SandboxListClient }) {
  const notify = useNotify();
  useRollback(client, ({ id, sandboxId, command, outcome, reason, from, to }: Rollback) => {
    const effect = effectOf(outcome, command.type, from, to);
    const title = titles[outcome](commandWords[command.type].past);
    const onDismiss = () => ('sandbox' in client ? client.sandbox(sandboxId) : client).dismiss(id);
    notify({ id, kind: outcome, title, sentence: capital(reason.message), effect, onDismiss });
  });
  return null;
}
