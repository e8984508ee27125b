import { Group, Progress, Text } from '@mantine/core';
import { Timer } from 'lucide-react';
import type { SandboxClient, TimeoutForecast } from '../../../src/client/index.ts';
import { useCountdown, useSandbox } from '../../../src/react/index.ts';
import { limitWords } from '../shared/seconds.ts';
import { clockTime, instant } from '../shared/time.ts';
import { capital } from '../shared/words.ts';

/** The time until each limit that counts now, and what happens at the limit. */
export function Countdown({ client }: { client: SandboxClient }) {
  const timeouts = useSandbox(client, (snapshot) => snapshot.timeouts);
  const sandbox = useSandbox(client, (snapshot) => snapshot.sandbox);
  return timeouts.map((timeout) => (
    <Remaining key={timeout.limit} timeout={timeout} limitMs={sandbox?.[timeout.limit] ?? null} />
  ));
}

function Remaining({ timeout, limitMs }: { timeout: TimeoutForecast; limitMs: number | null }) {
  const { localAt, outcome, limit } = timeout;
  const left = (useCountdown(timeout) ?? 0) * 1000;
  const share = limitMs === null || limitMs === 0 ? 0 : Math.min(100, Math.max(0, (left / limitMs) * 100));
  const verb = capital(outcome);
  const label = limitWords[limit].label.toLowerCase();
  return (
    <Group gap="sm" className="countdown" data-outcome={outcome}>
      <Group gap={6} wrap="nowrap">
        <Timer size={16} aria-hidden />
        <Text size="sm" className="figures">
          {left > 0 ? (
            <>
              {verb} in <b>{clockTime(left)}</b>, at {instant(localAt)} ({label})
            </>
          ) : (
            `${verb} now: ${label} reached`
          )}
        </Text>
      </Group>
      <Progress
        value={share}
        w={160}
        size="sm"
        color={share < 10 ? 'orange' : 'indigo'}
        aria-label="Time left"
      />
    </Group>
  );
}
