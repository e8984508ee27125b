import { Text } from '@mantine/core';
import type { DisplayedSandbox, SandboxView, TimeoutForecast } from '../../../src/client/index.ts';
import { useCountdown } from '../../../src/react/index.ts';
import { clockTime, duration, useNow } from '../shared/time.ts';
import { capital } from '../shared/words.ts';

/** The time left of a sandbox, and what happens at its time limit. */
export function Limit({ snapshot: { timeout, sandbox } }: { snapshot: SandboxView }) {
  if (timeout === null) {
    return (
      <Text size="sm" c="dimmed">
        {sandbox?.status === 'terminated'
          ? 'Ended'
          : sandbox?.timeoutMs == null
            ? 'No limit'
            : 'Not counting'}
      </Text>
    );
  }
  return (
    <Text size="sm" className="figures">
      {capital(timeout.outcome)} in <TimeLeft timeout={timeout} />
    </Text>
  );
}

function TimeLeft({ timeout }: { timeout: TimeoutForecast }) {
  return <b>{clockTime((useCountdown(timeout) ?? 0) * 1000)}</b>;
}

/** The age of a sandbox. */
export function Age({ sandbox: { createdAt } }: { sandbox: DisplayedSandbox }) {
  return (
    <Text size="sm" c="dimmed" className="figures">
      {duration(Math.max(1000, useNow(10_000) - createdAt))} old
    </Text>
  );
}
