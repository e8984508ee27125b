import { Alert, Anchor, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { ArrowLeft, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { SandboxClient } from '../../../src/client/index.ts';
import { useSandbox } from '../../../src/react/index.ts';
import type { ServerProblem } from '../session/server.ts';
import { useSandboxClient, useWorkspace } from '../session/workspace.tsx';
import { RollbackNotices } from '../shared/notices.tsx';
import { PageTitle } from '../shared/page-title.tsx';
import { StatusPill } from '../shared/status-pill.tsx';
import { outcomeWord, statusWord, titleOf } from '../shared/words.ts';
import { Actions } from './actions.tsx';
import { Chart } from './chart.tsx';
import { CommandLog } from './command-log.tsx';
import { Countdown } from './countdown.tsx';
import { Details } from './details.tsx';
import { History } from './history.tsx';
import { SandboxSnapshots } from './sandbox-snapshots.tsx';

/** The page of one sandbox: its state, its commands and its history. */
export function SandboxPage({ id }: { id: string }) {
  const client = useSandboxClient(id);
  return client && <SandboxView client={client} />;
}

function SandboxView({ client }: { client: SandboxClient }) {
  const { sandbox, confirmed, connection, problem, id } = useSandbox(client);
  if (sandbox === null) return <NotLoaded id={id} problem={problem} />;
  const isPredicted = sandbox !== confirmed;
  const ending = outcomeWord(sandbox);
  return (
    <Stack gap="lg">
      <RollbackNotices client={client} />
      <Stack gap={6}>
        <BackLink />
        <Group gap="md">
          <PageTitle document={`${titleOf(sandbox)}: ${statusWord(sandbox)}`}>{titleOf(sandbox)}</PageTitle>
          <div role="status" aria-label="Status">
            <StatusPill sandbox={sandbox} isPredicted={isPredicted} />
          </div>
        </Group>
        <Countdown client={client} />
        {ending && (
          <Text c="dimmed" className="wrapping">
            {ending}
          </Text>
        )}
      </Stack>
      {connection === 'offline' && (
        <Alert color="red" title="Cannot reach the server">
          The page shows the last known state. Your commands wait, and are checked again when the server is
          back. A command that is not possible then, or that has waited for a minute, is dropped with a
          reason.
        </Alert>
      )}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="lg">
            <Actions client={client} />
            <CommandLog client={client} />
            <SandboxSnapshots client={client} />
            <Details client={client} />
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

/** A sandbox that is loading, or that could not be loaded. */
function NotLoaded({ id, problem }: { id: string; problem: string | null }) {
  const { server } = useWorkspace();
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    if (problem === null) return;
    server.show(id).catch(({ status }: ServerProblem) => setMissing(status === 404));
  }, [server, id, problem]);
  const title = isMissing ? 'Sandbox not found' : 'Cannot load the sandbox';
  return (
    <Stack aria-busy={problem === null}>
      <BackLink />
      <PageTitle document={problem === null ? id : title}>{problem === null ? id : title}</PageTitle>
      {problem === null ? (
        <>
          <Skeleton h={28} w={140} />
          <Skeleton h={220} />
        </>
      ) : (
        <Alert color={isMissing ? 'gray' : 'red'} icon={<SearchX size={18} aria-hidden />}>
          {problem}
        </Alert>
      )}
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
