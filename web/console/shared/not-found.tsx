import { Anchor, EmptyState } from '@mantine/core';
import { MapPinOff } from 'lucide-react';
import { Link } from 'wouter';

/** There is no such page. */
export function NotFound() {
  return (
    <EmptyState
      icon={<MapPinOff size={32} aria-hidden />}
      title="There is no such page"
      description={
        <Anchor component={Link} href="/">
          All sandboxes
        </Anchor>
      }
    />
  );
}
