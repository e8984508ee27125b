import { Notification, Stack, Text } from '@mantine/core';
import { CloudAlert, TriangleAlert, Undo2 } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import type { Rollback, SandboxClient, SandboxListClient } from '../../../src/client/index.ts';
import { useRollback } from '../../../src/react/index.ts';
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
  return (
    <NoticesContext value={notify}>
      {children}
      <Stack component="section" aria-label="Notices" className="notices" gap="sm">
        {useMemo(
          () =>
            notices.map(({ id, kind, title, sentence, effect, onDismiss }) => {
              const Icon = icons[kind];
              return (
                <Notification
                  key={id}
                  role="alert"
                  className="notice"
                  data-kind={kind}
                  color={kind === 'unknown' ? 'orange' : 'red'}
                  icon={<Icon size={18} aria-hidden />}
                  title={title}
                  withBorder
                  closeButtonProps={{ 'aria-label': `Dismiss: ${title}` }}
                  onClose={() => {
                    setNotices((all) => all.filter((notice) => notice.id !== id));
                    onDismiss?.();
                  }}
                >
                  <Text size="sm" c="var(--mantine-color-text)">
                    {sentence}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {effect}
                  </Text>
                </Notification>
              );
            }),
          [notices],
        )}
      </Stack>
    </NoticesContext>
  );
}

const titles = {
  refused: (label: string) => `${label} was refused`,
  dropped: (label: string) => `${label} was not sent`,
  unknown: (label: string) => `Nobody can tell whether ${label.toLowerCase()} happened`,
};

/** Makes a notice of each command of this client that is taken back. */
export function RollbackNotices({ client }: { client: SandboxClient | SandboxListClient }) {
  const notify = useNotify();
  useRollback(client, ({ id, sandboxId, command, outcome, reason, from, to }: Rollback) => {
    const effect =
      from === to || from === null || to === null
        ? 'Nothing that was shown had to be taken back.'
        : `Taken back: it was shown as ${from}, and is ${to}.`;
    const title = titles[outcome](commandWords[command.type].past);
    const onDismiss = () => ('sandbox' in client ? client.sandbox(sandboxId) : client).dismiss(id);
    notify({ id, kind: outcome, title, sentence: capital(reason.message), effect, onDismiss });
  });
  return null;
}
