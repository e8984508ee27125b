import { Button, Notification, Stack, Text } from '@mantine/core';
import { CloudAlert, TriangleAlert, Undo2 } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import {
  type Notice,
  rollbackNotice,
  type SandboxClient,
  type SandboxListClient,
} from '../../../src/client/index.ts';
import { useRollback } from '../../../src/react/index.ts';
import { focusContent } from './focus.ts';

/** A message that stays until the user dismisses it. */
export interface ShownNotice extends Notice {
  /** Called when the user dismisses the notice. */
  readonly onDismiss?: () => void;
}

const NoticesContext = createContext<(notice: ShownNotice) => void>(() => {});

/** A function that shows a notice. It ignores a notice with the id of a shown one. */
export const useNotify = () => useContext(NoticesContext);

const SlotContext = createContext<HTMLElement | null>(null);

/** The place before the notices, for a message that goes by itself. Null until it is mounted. */
export const useNoticesSlot = () => useContext(SlotContext);

const icons = { refused: Undo2, dropped: Undo2, unknown: CloudAlert, failed: TriangleAlert };

/** Shows notices over the page, the newest last. */
export function NoticesProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly ShownNotice[]>([]);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const notify = useCallback(
    (notice: ShownNotice) =>
      setNotices((all) => (all.some(({ id }) => id === notice.id) ? all : [...all, notice])),
    [],
  );
  function dismiss(dismissed: readonly ShownNotice[]): void {
    setNotices((all) => all.filter((notice) => !dismissed.includes(notice)));
    for (const { onDismiss } of dismissed) onDismiss?.();
    focusContent();
  }
  return (
    <NoticesContext value={notify}>
      <SlotContext value={slot}>{children}</SlotContext>
      <Stack component="section" aria-label="Notices" className="notices" gap="sm">
        <div ref={setSlot} className="notices-slot" />
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

function NoticeCard({ notice, onClose }: { notice: ShownNotice; onClose: () => void }) {
  const { kind, title, message, effect } = notice;
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
        {message}
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
  useRollback(client, (rollback) => {
    const { id, sandboxId } = rollback;
    const onDismiss = () => ('sandbox' in client ? client.sandbox(sandboxId) : client).dismiss(id);
    notify({ ...rollbackNotice(rollback), onDismiss });
  });
  return null;
}
