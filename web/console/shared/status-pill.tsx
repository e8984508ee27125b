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
import { type DisplayedSandbox, displayStatusOf } from '../../../src/client/index.ts';
import { capital } from './words.ts';

const looks: Readonly<Record<string, { icon: LucideIcon; color: MantineColor; isMoving?: boolean }>> = {
  pending: { icon: Hourglass, color: 'yellow' },
  running: { icon: CirclePlay, color: 'teal' },
  snapshotting: { icon: Camera, color: 'violet' },
  suspending: { icon: LoaderCircle, color: 'blue', isMoving: true },
  suspended: { icon: Moon, color: 'indigo' },
  resuming: { icon: LoaderCircle, color: 'blue', isMoving: true },
  terminating: { icon: LoaderCircle, color: 'gray', isMoving: true },
  terminated: { icon: CircleStop, color: 'gray' },
};
const unknown = { icon: CircleHelp, color: 'gray', isMoving: false };

/** The status of a sandbox, by icon and text, never shortened. A dashed border marks one that is not `confirmed` yet. */
export function StatusPill({
  sandbox,
  confirmed,
}: {
  sandbox: DisplayedSandbox;
  confirmed: DisplayedSandbox | null;
}) {
  const isPredicted = sandbox !== confirmed;
  const word = displayStatusOf(sandbox, confirmed);
  const { icon: Icon, color, isMoving } = looks[word] ?? unknown;
  return (
    <Badge
      className="status-pill"
      data-status={word}
      data-predicted={isPredicted || undefined}
      color={color}
      size="lg"
      variant="light"
      tt="none"
      leftSection={<Icon size={14} aria-hidden className={isMoving ? 'moving' : undefined} />}
    >
      {capital(word)}
      {isPredicted && <span className="predicted-mark">not confirmed</span>}
    </Badge>
  );
}
