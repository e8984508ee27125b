import { Anchor, Card, Code, DataList, Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { HolderInfo } from '../../../src/schema/http/operation-responses.ts';
import type { SandboxInfo } from '../../../src/schema/http/responses.ts';
import { Copyable } from '../shared/copy.tsx';
import { duration, instant, useNow } from '../shared/time.ts';
import { generationWord, lastOperationWord, networkWord } from '../shared/words.ts';
import { useHolder } from './use-holder.ts';

/** The configuration and the record of a sandbox. */
export function Details({ client, info }: { client: SandboxClient; info: SandboxInfo | null }) {
  const { sandbox, confirmed } = useSandbox(client);
  const holder = useHolder(confirmed);
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
        <HolderRow holder={holder} />
        {sandbox.outcome && <Row label="Exit code">{sandbox.outcome.exitCode ?? 'Not known'}</Row>}
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
        {info && <Configuration info={info} />}
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

/** The host that holds the sandbox, where several hosts share the store. */
function HolderRow({ holder }: { holder: HolderInfo | null }) {
  if (holder === null) return null;
  const { host, held_since: since } = holder;
  return (
    <Row label="Host">{host && since ? <Held host={host} since={since} /> : 'None: no work in progress'}</Row>
  );
}

function Held({ host, since }: { host: string; since: number }) {
  const now = useNow();
  return (
    <>
      <Code className="wrapping">{host}</Code> for {duration(now - since)}
    </>
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

/** The settings that can change, and whether the platform has the newest ones. */
function Configuration({ info }: { info: SandboxInfo }) {
  const { network, metadata } = info;
  return (
    <>
      <Row label="Configuration">{generationWord(info)}</Row>
      <Row label="Exposed ports">{info.exposed_ports?.join(', ') || 'None'}</Row>
      <Row label="Access">{info.allow_unauthenticated_access ? 'Without a token' : 'With a token'}</Row>
      <Row label="Network">{network === null ? 'Not limited' : networkWord(network)}</Row>
      {Object.keys(metadata).length > 0 && (
        <Row label="Metadata">
          {Object.entries(metadata).map(([key, value]) => (
            <Code key={key} className="wrapping">{`${key}: ${value}`}</Code>
          ))}
        </Row>
      )}
    </>
  );
}
