import { Card, Table } from '@mantine/core';
import { memo } from 'react';
import type { SandboxView } from '../../../src/client/index.ts';
import { StatusPill } from '../shared/status-pill.tsx';
import { Age, Limit } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { SandboxLink } from './sandbox-link.tsx';

/** Sandboxes as rows of a table. */
export function SandboxTable({ sandboxes }: { sandboxes: readonly SandboxView[] }) {
  return (
    <Card withBorder padding={0}>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Sandbox</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Time left</Table.Th>
              <Table.Th>Age</Table.Th>
              <Table.Th className="right">Actions</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sandboxes.map((snapshot) => (
              <Row key={snapshot.id} snapshot={snapshot} />
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
        <SandboxLink sandbox={sandbox} />
      </Table.Td>
      <Table.Td>
        <StatusPill sandbox={sandbox} isPredicted={sandbox !== confirmed} />
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
