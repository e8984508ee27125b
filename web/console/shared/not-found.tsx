import { Anchor, EmptyState } from '@mantine/core';
import { MapPinOff } from 'lucide-react';
import { Link } from 'wouter';
import { PageTitle } from './page-title.tsx';

/** The page for an unknown address. */
export function NotFound() {
  return (
    <EmptyState
      icon={<MapPinOff size={32} aria-hidden />}
      title={<PageTitle document="Page not found">Page not found</PageTitle>}
      description={
        <Anchor component={Link} href="/" inherit underline="always">
          All sandboxes
        </Anchor>
      }
    />
  );
}
