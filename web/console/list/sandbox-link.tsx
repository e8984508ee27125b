import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { DisplayedSandbox } from '../../../src/client/index.ts';

/** Leads to the page of a sandbox. A name is whatever somebody wrote: it is text, and may be long. */
export function SandboxLink({ sandbox: { id, name } }: { sandbox: DisplayedSandbox }) {
  return (
    <div className="sandbox-link">
      <Anchor component={Link} href={`/sandboxes/${id}`} fw={600} className="wrapping" lineClamp={2}>
        {name ?? id}
      </Anchor>
      <Text size="xs" c="dimmed" className="wrapping">
        {name === null ? 'ephemeral' : id}
      </Text>
    </div>
  );
}
