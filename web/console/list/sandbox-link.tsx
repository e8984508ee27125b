import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { SandboxView } from '../../../src/client/index.ts';

/** A link to the page of a sandbox, once the server has confirmed it. Its name is untrusted text, and may be long. */
export function SandboxLink({ snapshot: { sandbox, confirmed } }: { snapshot: SandboxView }) {
  if (sandbox === null) return null;
  const { id, name } = sandbox;
  const subtitle = confirmed === null ? 'being created' : name === null ? 'ephemeral' : id;
  return (
    <div className="sandbox-link">
      {confirmed === null ? (
        <Text fw={600} className="wrapping" lineClamp={2}>
          {name ?? 'New sandbox'}
        </Text>
      ) : (
        <Anchor component={Link} href={`/sandboxes/${id}`} fw={600} className="wrapping" lineClamp={2}>
          {name ?? id}
        </Anchor>
      )}
      <Text size="xs" c="dimmed" className="wrapping">
        {subtitle}
      </Text>
    </div>
  );
}
