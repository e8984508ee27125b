import { Anchor, EmptyState } from '@mantine/core';
import { MapPinOff } from 'lucide-react';
import { Link } from 'wouter';
import { PageTitle } from './page-title.tsx';

/** There is no such page. */
export function NotFound() {
  return (
    <EmptyState
      icon={<MapPinOff size={32} aria-hidden />}
      title={<PageTitle document="Not there">There is no such page</PageTitle>}
      description={
        <Anchor component={Link} href="/" inherit underline="always">
          All sandboxes
        </Anchor>
      }
    />
  );
}
