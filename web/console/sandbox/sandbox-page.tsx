import { Alert, Anchor, Button, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { ArrowLeft, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { ServerProblem } from '../session/server.ts';
import { useClientOf, useWorkspace } from '../session/workspace.tsx';
import { ConnectionAlert } from '../shared/connection-alert.tsx';
import { RollbackNotices } from '../shared/notices.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { StatusPill } from '../shared/status-pill.tsx';
import { titleOf } from '../shared/words.ts';
import { Actions } from './actions.tsx';
import { Chart } from './chart.tsx';
import { CommandLog } from './command-log.tsx';
import { Details } from './details.tsx';
import { History } from './history.tsx';
import { SandboxSnapshots } from './sandbox-snapshots.tsx';
import { Standing } from './standing.tsx';
import { useInfo } from './use-info.ts';

/** The page of one sandbox: its state, its commands and its history. Without such a sandbox, it requests nothing more. */
export function SandboxPage({ id }: { id: string }) {
  const [isMissing, setMissing] = useState(false);
  if (isMissing) return <MissingSandbox id={id} onRetry={() => setMissing(false)} />;
  return <ConnectedPage id={id} onMissing={() => setMissing(true)} />;
}

function ConnectedPage({ id, onMissing }: { id: string; onMissing: () => void }) {
  const client = useClientOf(id);
  return (
    <SandboxView
      client={client}
      onMissing={() => {
        // The client sends no further request.
        client.dispose();
        onMissing();
      }}
    />
  );
}

function SandboxView({ client, onMissing }: { client: SandboxClient; onMissing: () => void }) {
  const { sandbox, confirmed, displayStatus, connection, problem, id } = useSandbox(client);
  const info = useInfo(confirmed);
  if (sandbox === null) return <NotLoaded id={id} problem={problem} onMissing={onMissing} />;
  return (
    <Stack gap="lg">
      <RollbackNotices client={client} />
      <ConnectionAlert connection={connection} problem={problem}>
        {offlineText}
      </ConnectionAlert>
      <Stack gap={6}>
        <BackLink />
        <Group gap="md" className="heading">
          <PageTitle document={`${titleOf(sandbox)}: ${displayStatus}`}>{titleOf(sandbox)}</PageTitle>
          <div role="status" aria-label="Status">
            <StatusPill sandbox={sandbox} confirmed={confirmed} />
          </div>
        </Group>
        <Standing client={client} sandbox={sandbox} />
      </Stack>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="lg">
            <Actions client={client} sandbox={sandbox} snapshotTypes={info?.snapshot_types ?? []} />
            <CommandLog client={client} />
            <SandboxSnapshots client={client} />
            <Details client={client} info={info} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="lg">
            <Chart client={client} />
            <History client={client} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

const offlineText =
  'The page shows the last known state. Your commands wait, and are checked again when the server is back. A command that ' +
  'is not possible then, or that has waited for a minute, is dropped with a reason.';

/** A sandbox that is loading, or that could not be loaded. Calls `onMissing` when the server has no such sandbox. */
function NotLoaded({
  id,
  problem,
  onMissing,
}: {
  id: string;
  problem: string | null;
  onMissing: () => void;
}) {
  const { server } = useWorkspace();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new problem is a reason for another request.
  useEffect(() => {
    if (problem === null) return;
    let isCurrent = true;
    server.show(id).catch(({ status }: ServerProblem) => isCurrent && status === 404 && onMissing());
    return () => {
      isCurrent = false;
    };
  }, [server, id, problem]);
  return (
    <Stack aria-busy={problem === null}>
      <BackLink />
      {problem === null ? (
        <>
          <PageTitle document={id}>{id}</PageTitle>
          <Skeleton h={28} w={140} />
          <Skeleton h={220} />
        </>
      ) : (
        <>
          <PageTitle document="Cannot load the sandbox">Cannot load the sandbox</PageTitle>
          <Alert color="red" icon={<SearchX size={18} aria-hidden />}>
            {problem} The page tries again by itself.
          </Alert>
        </>
      )}
    </Stack>
  );
}

/** The page for a sandbox that does not exist. It loads the sandbox once the list has one with this id or name. */
function MissingSandbox({ id, onRetry }: { id: string; onRetry: () => void }) {
  const isListed = useSandbox(useWorkspace().list, ({ sandboxes }) =>
    sandboxes.some(({ confirmed }) => confirmed?.id === id || confirmed?.name === id),
  );
  const [wasListed] = useState(isListed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only its arrival in the list is a reason to try again.
  useEffect(() => {
    if (isListed && !wasListed) onRetry();
  }, [isListed]);
  return (
    <Stack align="start">
      <BackLink />
      <PageTitle document="Sandbox not found">Sandbox not found</PageTitle>
      <Text className="wrapping">
        The sandbox <b>{id}</b> does not exist in this namespace. Check the address, or look for the sandbox
        in the list. If it has just been created elsewhere, try again.
      </Text>
      <Group gap="sm">
        <Button component={Link} href="/">
          Show all sandboxes
        </Button>
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Group>
    </Stack>
  );
}

function BackLink() {
  return (
    <Anchor component={Link} href="/" size="sm" className="back">
      <ArrowLeft size={14} aria-hidden /> All sandboxes
    </Anchor>
  );
}
