import { Card, Group, Stack } from '@mantine/core';
import type { SandboxView } from '../../../src/client/index.ts';
import { StatusPill } from '../shared/status-pill.tsx';
import { Age, Limit } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { SandboxLink } from './sandbox-link.tsx';

/** Sandboxes as cards, for narrow windows. */
export function SandboxCards({ sandboxes }: { sandboxes: readonly SandboxView[] }) {
  return (
    <Stack component="ul" className="plain-list" gap="sm">
      {sandboxes.map((snapshot) => {
        const { id, sandbox, confirmed } = snapshot;
        return (
          sandbox && (
            <Card key={id} component="li" withBorder data-sandbox={id} padding="sm">
              <Group justify="space-between" align="start" wrap="nowrap">
                <SandboxLink sandbox={sandbox} />
                <StatusPill sandbox={sandbox} isPredicted={sandbox !== confirmed} />
              </Group>
              <Group justify="space-between" mt="sm">
                <Stack gap={0}>
                  <Limit snapshot={snapshot} />
                  <Age sandbox={sandbox} />
                </Stack>
                <RowActions snapshot={snapshot} />
              </Group>
            </Card>
          )
        );
      })}
    </Stack>
  );
}
