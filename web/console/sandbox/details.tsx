import { Anchor, Card, Code, DataList, Group, Title } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { SandboxInfo } from '../../../src/schema/http/responses.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { Copyable } from '../shared/copy.tsx';
import { duration, instant } from '../shared/time.ts';
import { lastOperationWord } from '../shared/words.ts';

/** The configuration and the record of a sandbox. */
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
      <DataList labelWidth="130px">
        <Row label="Id">
          <Copyable text={sandbox.id} label="id" />
        </Row>
        <Row label="Kind">
          {sandbox.name === null ? 'Ephemeral: ends at its time limit' : 'Named: suspended at its time limit'}
        </Row>
        <Row label="Run limit">{limit(sandbox.timeoutMs)}</Row>
        <Row label="Idle limit">{limit(sandbox.idleTimeoutMs)}</Row>
        <Row label="Suspended limit">{limit(sandbox.suspendedTimeoutMs)}</Row>
        <Row label="Last operation">{lastOperationWord(sandbox)}</Row>
        {sandbox.outcome && <Row label="Exit code">{sandbox.outcome.exitCode ?? 'Not known'}</Row>}
        <Row label="Generation">{sandbox.generation}</Row>
        {info && (
          <>
            <Row label="Image">
              <Code className="wrapping">{info.image}</Code>
            </Row>
            <Row label="Command">
              {info.entrypoint.length > 0 ? (
                <Code className="wrapping">{info.entrypoint.join(' ')}</Code>
              ) : (
                'The command of the image'
              )}
            </Row>
          </>
        )}
        {info?.snapshot_id && (
          <Row label="From snapshot">
            <Copyable text={info.snapshot_id} label="snapshot id" />
          </Row>
        )}
        <Row label="Created">{instant(sandbox.createdAt)}</Row>
        <Row label="Version">{confirmed?.version ?? 'Not confirmed yet'}</Row>
        <Row label="Incarnation">
          {sandbox.incarnation === null ? 'None' : `Started by operation ${sandbox.incarnation}`}
        </Row>
      </DataList>
    </Card>
  );
}

const limit = (limitMs: number | null) => (limitMs === null ? 'None' : duration(limitMs));

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

/** Fetches the fields that never change. Null until a request succeeds; it retries when the connection changes. */
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
