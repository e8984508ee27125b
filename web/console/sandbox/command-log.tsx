import { Badge, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { type FollowedCommand, followCommands, type SandboxClient } from '../../../src/client/index.ts';
import { duration } from '../shared/time.ts';
import { commandWords } from '../shared/words.ts';

const stages: Readonly<Record<FollowedCommand['stage'], { color: string; label: string }>> = {
  queued: { color: 'gray', label: 'waiting for the server' },
  sent: { color: 'blue', label: 'predicted and sent' },
  unknown: { color: 'orange', label: 'response lost, checking' },
  acknowledged: { color: 'blue', label: 'accepted by the server' },
  confirmed: { color: 'teal', label: 'confirmed' },
  'rolled back': { color: 'red', label: 'rolled back' },
  'not known': { color: 'orange', label: 'outcome unknown' },
};

/** The commands for this sandbox from all tabs, and their progress. */
export function CommandLog({ client }: { client: SandboxClient }) {
  const [commands, setCommands] = useState<readonly FollowedCommand[]>([]);
  useEffect(() => {
    const follow = () => {
      const snapshot = client.getSnapshot();
      const now = Date.now();
      setCommands((known) => followCommands(known, snapshot, now));
    };
    follow();
    return client.subscribe(follow);
  }, [client]);
  return (
    <Card withBorder component="section" aria-labelledby="commands">
      <Title order={2} size="h4" id="commands" mb="xs">
        Your commands
      </Title>
      {commands.length === 0 ? (
        <Text size="sm" c="dimmed">
          The page shows the effect of a command at once. This list shows when the server confirmed the
          command, or that it was rolled back.
        </Text>
      ) : (
        <Stack gap="xs" component="ol" className="plain-list">
          {commands.map(({ id, type, stage, requestedAt, endedAt }) => (
            <Group key={id} component="li" justify="space-between" wrap="nowrap" data-stage={stage}>
              <Text size="sm">{commandWords[type].noun}</Text>
              <Group gap="xs" justify="end">
                <Badge variant="light" color={stages[stage].color} tt="none">
                  {stages[stage].label}
                </Badge>
                <Text size="sm" c="dimmed" className="figures">
                  {endedAt === null ? '' : `after ${duration(endedAt - requestedAt)}`}
                </Text>
              </Group>
            </Group>
          ))}
        </Stack>
      )}
    </Card>
  );
}
