import { ActionIcon, Card, Group, Text, Title, Tooltip, useComputedColorScheme } from '@mantine/core';
import { Maximize2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { DisplayedSandbox, SandboxClient, TimelineEntry } from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import { drawChart, lifecycleChart } from '../../../src/inspect/chart/index.ts';
import { stateOf } from '../../../src/machine/table.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { Dialog } from '../shared/dialog.tsx';
import { nonce } from '../shared/nonce.ts';
import { ChartFrame } from './chart-frame.tsx';

/** The state machine with the confirmed state, the predicted state, and the last transition. */
export function Chart({ client }: { client: SandboxClient }) {
  const { sandbox, confirmed, timeline } = useSandbox(client);
  const [isLarge, setLarge] = useState(false);
  const active = pathOf(confirmed);
  const shown = pathOf(sandbox);
  const predicted = shown === active ? undefined : shown;
  const picture = usePicture(active, predicted, timeline);
  return (
    <Card withBorder component="section" aria-labelledby="machine" padding={0}>
      <Group justify="space-between" p="md" pb="xs" wrap="nowrap">
        <Title order={2} size="h4" id="machine">
          State machine
        </Title>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" c="dimmed">
            {predicted ? `${predicted}, not confirmed` : active}
          </Text>
          <Tooltip label="Enlarge">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Enlarge the chart"
              onClick={() => setLarge(true)}
            >
              <Maximize2 size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <ChartFrame picture={picture} active={predicted ?? active} />
      <Dialog isOpen={isLarge} onClose={() => setLarge(false)} title="Sandbox lifecycle" size="xl">
        <ChartFrame picture={picture} active={predicted ?? active} />
      </Dialog>
    </Card>
  );
}

function usePicture(
  active: string | undefined,
  predicted: string | undefined,
  timeline: readonly TimelineEntry[],
): string {
  const theme = useComputedColorScheme('light');
  const [before, last] = timeline.slice(-2);
  const isNext = last?.sandbox.version === (before?.sandbox.version ?? 0) + 1;
  const source = isNext ? pathOf(before?.sandbox) : undefined;
  const target = isNext ? pathOf(last?.sandbox) : undefined;
  const event = last?.event ?? undefined;
  return useMemo(
    () =>
      drawChart(lifecycleChart, {
        theme,
        nonce,
        ...(active && { active }),
        ...(predicted && { predicted }),
        ...(source && target && event && { highlighted: { source, target, event } }),
      }),
    [theme, active, predicted, source, target, event],
  );
}

const pathOf = (sandbox: DisplayedSandbox | null | undefined) =>
  sandbox ? stateOf(sandbox as Sandbox) : undefined;
