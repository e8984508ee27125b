import { ActionIcon, Card, Group, Text, Title, Tooltip, useComputedColorScheme } from '@mantine/core';
import { Maximize2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { DisplayedSandbox, SandboxClient, TimelineEntry } from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import { drawChart, lifecycleChart } from '../../../src/inspect/chart/index.ts';
import { stateOf } from '../../../src/machine/table.ts';
import { useSandbox } from '../../../src/react/index.ts';
import { Dialog } from '../shared/dialog.tsx';
import { nonce } from '../shared/nonce.ts';

/** The machine, with the state that the sandbox is in, the one that is shown ahead of it, and the transition taken last. */
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
          The machine
        </Title>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" c="dimmed">
            {predicted ? `${predicted} is shown ahead of the server` : active}
          </Text>
          <Tooltip label="Larger">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Show the chart larger"
              onClick={() => setLarge(true)}
            >
              <Maximize2 size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <Picture picture={picture} active={predicted ?? active} />
      <Dialog isOpen={isLarge} onClose={() => setLarge(false)} title="The lifecycle of a sandbox" size="xl">
        <Picture picture={picture} active={undefined} />
      </Dialog>
    </Card>
  );
}

/** The drawing, scrolled to the state that it is about. */
function Picture({ picture, active }: { picture: string; active: string | undefined }) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (active === undefined || frame.current === null) return;
    const box = frame.current
      .querySelector(`[data-state="${CSS.escape(active)}"] > *`)
      ?.getBoundingClientRect();
    if (box === undefined) return;
    const around = frame.current.getBoundingClientRect();
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    frame.current.scrollBy({
      // Sideways only as far as it has to be.
      left: Math.max(0, box.right + 16 - around.right) + Math.min(0, box.left - 16 - around.left),
      top: box.top + box.height / 2 - around.top - around.height / 2,
      behavior: isCalm ? 'auto' : 'smooth',
    });
  }, [active]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it can be reached by keyboard
    <section className="chart" aria-label="The chart of the lifecycle" tabIndex={0} ref={frame}>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own drawing, with nothing of anybody's in it */}
      <div dangerouslySetInnerHTML={{ __html: picture }} />
    </section>
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
