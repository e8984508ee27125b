import { Card, Group, Text, Timeline, Title } from '@mantine/core';
import {
  Camera,
  CircleDot,
  CirclePlay,
  CircleStop,
  Clock,
  HeartPulse,
  type LucideIcon,
  Moon,
  Pencil,
  Play,
  Plus,
  TriangleAlert,
} from 'lucide-react';
import {
  displayStatusOf,
  eventTitle,
  isFailure,
  type SandboxClient,
  type TimelineEntry,
} from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { duration, instant, useNow } from '../shared/time.ts';
import { actorWord, capital } from '../shared/words.ts';

const icons: Readonly<Record<string, LucideIcon>> = {
  created: Plus,
  'boot.completed': CirclePlay,
  suspend: Moon,
  'suspend.completed': Moon,
  resume: Play,
  'resume.completed': CirclePlay,
  snapshot: Camera,
  'snapshot.completed': Camera,
  rename: Pencil,
  keepalive: HeartPulse,
  timeout: Clock,
  terminate: CircleStop,
};

/** The changes of a sandbox, newest first: the actor, the time, and the duration of each status. */
export function History({ client }: { client: SandboxClient }) {
  const timeline = useSandbox(client, (snapshot) => snapshot.timeline);
  const entries = timeline
    .map((entry, index) => ({ entry, until: timeline[index + 1]?.at ?? null }))
    .reverse();
  return (
    <Card withBorder component="section" aria-labelledby="timeline">
      <Title order={2} size="h4" id="timeline" mb="md">
        Timeline
      </Title>
      {entries.length === 0 && (
        <Text c="dimmed">
          No events yet. They appear here when the server sends the history of the sandbox, and with every
          change.
        </Text>
      )}
      <Timeline active={entries.length} bulletSize={26} lineWidth={2}>
        {entries.map(({ entry, until }) => (
          <Entry key={`${entry.sandbox.version} ${entry.at}`} entry={entry} until={until} />
        ))}
      </Timeline>
    </Card>
  );
}

function Entry({ entry, until, ...rest }: { entry: TimelineEntry; until: number | null }) {
  const { at, event, sandbox, detail } = entry;
  const hasFailed = isFailure(entry);
  const Icon = hasFailed ? TriangleAlert : (icons[event ?? ''] ?? CircleDot);
  const actor = actorWord(entry);
  return (
    <Timeline.Item
      // Mantine passes the position of the item.
      {...rest}
      color={hasFailed ? 'red' : 'indigo'}
      bullet={<Icon size={14} aria-hidden />}
      title={eventTitle(entry)}
      data-event={event}
    >
      <Group gap="xs" c="dimmed">
        <Text size="sm" className="figures">
          {instant(at)}
          {actor && ` by ${actor}`}
        </Text>
        {detail && (
          <Text size="sm" className="wrapping">
            {detail}
          </Text>
        )}
        <Text size="sm" className="figures">
          {capital(displayStatusOf(sandbox))}{' '}
          {sandbox.status === 'terminated' ? (
            ''
          ) : until === null ? (
            <Since at={at} />
          ) : (
            `for ${duration(until - at)}`
          )}
        </Text>
      </Group>
    </Timeline.Item>
  );
}

function Since({ at }: { at: number }) {
  return `for ${duration(Math.max(1000, useNow() - at))} so far`;
}
