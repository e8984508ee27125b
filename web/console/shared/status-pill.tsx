import { Badge, type MantineColor } from '@mantine/core';
import {
  Camera,
  CircleHelp,
  CirclePlay,
  CircleStop,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  Moon,
} from 'lucide-react';
import type { DisplayedSandbox } from '../../../src/client/index.ts';
import { capital, statusWord } from './words.ts';

const looks: Readonly<Record<string, { icon: LucideIcon; color: MantineColor; isMoving?: boolean }>> = {
  pending: { icon: Hourglass, color: 'yellow' },
  running: { icon: CirclePlay, color: 'teal' },
  snapshotting: { icon: Camera, color: 'violet' },
  suspending: { icon: LoaderCircle, color: 'blue', isMoving: true },
  suspended: { icon: Moon, color: 'indigo' },
  resuming: { icon: LoaderCircle, color: 'blue', isMoving: true },
  terminated: { icon: CircleStop, color: 'gray' },
};
const unknown = { icon: CircleHelp, color: 'gray', isMoving: false };

/** The status of a sandbox, by icon and text. A dashed border marks one that the server has not confirmed yet. */
export function StatusPill({
  sandbox,
  isPredicted,
  size = 'lg',
}: {
  sandbox: Pick<DisplayedSandbox, 'status' | 'operation'>;
  isPredicted: boolean;
  size?: 'md' | 'lg';
}) {
  const word = statusWord(sandbox);
  const { icon: Icon, color, isMoving } = looks[word] ?? unknown;
  return (
    <Badge
      className="status-pill"
      data-status={word}
      data-predicted={isPredicted || undefined}
      color={color}
      size={size}
      variant="light"
      tt="none"
      leftSection={<Icon size={14} aria-hidden className={isMoving ? 'moving' : undefined} />}
    >
      {capital(word)}
      {isPredicted && <span className="predicted-mark">not confirmed</span>}
    </Badge>
  );
}
