import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { DisplayedSandbox } from '../../../src/client/index.ts';

/** A link to the page of a sandbox. Its name is untrusted text, and may be long. */
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
