import { Card, Table } from '@mantine/core';
import { memo } from 'react';
import type { SandboxView } from '../../../src/client/index.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { StatusPill } from '../shared/status-pill.tsx';
import { Age, Limit } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { SandboxLink } from './sandbox-link.tsx';

/** Sandboxes as rows of a table. */
export function SandboxTable({ sandboxes }: { sandboxes: readonly SandboxView[] }) {
  const { keyOf } = useWorkspace().creator;
  return (
    <Card withBorder padding={0}>
      <Table.ScrollContainer minWidth={780}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Sandbox</Table.Th>
              <Table.Th w={250}>Status</Table.Th>
              <Table.Th w={190}>Time left</Table.Th>
              <Table.Th w={130}>Age</Table.Th>
              <Table.Th w={150} className="right">
                Actions
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sandboxes.map((snapshot) => (
              <Row key={keyOf(snapshot.id)} snapshot={snapshot} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

const Row = memo(function Row({ snapshot }: { snapshot: SandboxView }) {
  const { sandbox, confirmed } = snapshot;
  if (sandbox === null) return null;
  return (
    <Table.Tr data-sandbox={snapshot.id}>
      <Table.Td>
        <SandboxLink snapshot={snapshot} />
      </Table.Td>
      <Table.Td>
        <StatusPill sandbox={sandbox} confirmed={confirmed} />
      </Table.Td>
      <Table.Td>
        <Limit snapshot={snapshot} />
      </Table.Td>
      <Table.Td>
        <Age sandbox={sandbox} />
      </Table.Td>
      <Table.Td>
        <RowActions snapshot={snapshot} />
      </Table.Td>
    </Table.Tr>
  );
});
