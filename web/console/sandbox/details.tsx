import { Anchor, Card, Code, DataList, Group, Title } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { SandboxInfo } from '../../../src/schema/http/responses.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { Copyable } from '../shared/copy.tsx';
import { duration, instant } from '../shared/time.ts';

/** What a sandbox was set up with, and its record. */
export function Details({ client }: { client: SandboxClient }) {
  const { sandbox, confirmed } = useSandbox(client);
  const info = useInfo(confirmed?.id);
  if (sandbox === null) return null;
  return (
    <Card withBorder component="section" aria-labelledby="details">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="details">
          Details
        </Title>
        <Anchor size="sm" href={`./inspect#sandbox=${encodeURIComponent(sandbox.id)}`}>
          Open in the inspector
        </Anchor>
      </Group>
      <DataList labelWidth="110px">
        <Row label="Id">
          <Copyable text={sandbox.id} label="id" />
        </Row>
        <Row label="Kind">
          {sandbox.name === null
            ? 'Ephemeral: it ends when its time is up'
            : 'Named: it is suspended when its time is up'}
        </Row>
        <Row label="Limit">{sandbox.timeoutMs === null ? 'None' : duration(sandbox.timeoutMs)}</Row>
        {info && (
          <>
            <Row label="Image">
              <Code className="wrapping">{info.image}</Code>
            </Row>
            <Row label="Command">
              {info.entrypoint.length > 0 ? (
                <Code className="wrapping">{info.entrypoint.join(' ')}</Code>
              ) : (
                'The one of the image'
              )}
            </Row>
          </>
        )}
        {info?.snapshot_id && (
          <Row label="From snapshot">
            <Copyable text={info.snapshot_id} label="snapshot's id" />
          </Row>
        )}
        <Row label="Created">{instant(sandbox.createdAt)}</Row>
        <Row label="Version">{confirmed?.version ?? 'Not known yet'}</Row>
        <Row label="Incarnation">
          {sandbox.incarnation === null ? 'Nothing runs' : `Operation ${sandbox.incarnation} brought it up`}
        </Row>
      </DataList>
    </Card>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

/** What never changes is asked for until it is known. Without it the page shows what it has. */
function useInfo(id: string | undefined): SandboxInfo | null {
  const { server, list } = useWorkspace();
  const connection = useSandbox(list, (snapshot) => snapshot.connection);
  const [info, setInfo] = useState<SandboxInfo | null>(null);
  useEffect(() => {
    if (id === undefined || info?.id === id || connection === 'offline') return;
    server.show(id).then(setInfo, () => undefined);
  }, [server, id, info, connection]);
  return info;
}
