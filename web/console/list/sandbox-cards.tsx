import { Card, Group, Stack } from '@mantine/core';
import type { SandboxView } from '../../../src/client/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { StatusPill } from '../shared/status-pill.tsx';
import { Age, Limit } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { SandboxLink } from './sandbox-link.tsx';

/** Sandboxes as cards, for narrow windows. */
export function SandboxCards({ sandboxes }: { sandboxes: readonly SandboxView[] }) {
  const { keyOf } = useWorkspace().creator;
  return (
    <Stack component="ul" className="plain-list" gap="sm">
      {sandboxes.map((snapshot) => {
        const { id, sandbox, confirmed } = snapshot;
        return (
          sandbox && (
            <Card key={keyOf(id)} component="li" withBorder data-sandbox={id} padding="sm">
              <Stack gap="xs">
                <SandboxLink snapshot={snapshot} />
                <StatusPill sandbox={sandbox} confirmed={confirmed} />
              </Stack>
              <Group justify="space-between" mt="sm" wrap="nowrap">
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
