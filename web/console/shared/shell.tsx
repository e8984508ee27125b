import {
  ActionIcon,
  Anchor,
  AppShell,
  Button,
  Container,
  Group,
  Menu,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { BookOpen, Box, Ellipsis, LogOut, Monitor, Moon, Sun, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { token } from '../session/token.ts';
import { useWorkspace } from '../session/workspace.tsx';
import { ConnectionIndicator } from './connection.tsx';
import { focusContent } from './focus.ts';

/** The frame of every page: navigation, connection and menu. */
export function Shell({ children }: { children: ReactNode }) {
  const { list } = useWorkspace();
  return (
    <AppShell header={{ height: 56 }} padding={{ base: 'sm', sm: 'lg' }}>
      <button type="button" className="skip" onClick={focusContent}>
        Skip to content
      </button>
      <AppShell.Header>
        <Container size="xl" h="100%" px={{ base: 'sm', sm: 'lg' }}>
          <Group h="100%" justify="space-between" wrap="nowrap" className="bar">
            <Group className="bar" wrap="nowrap" component="nav" aria-label="Main">
              <Anchor
                component={Link}
                href="/"
                underline="never"
                aria-label="sandbox-lifecycle"
                className="brand"
                visibleFrom="xs"
              >
                <Box size={22} aria-hidden />
                <Text span fw={650} visibleFrom="sm">
                  sandbox-lifecycle
                </Text>
              </Anchor>
              <NavLink href="/">Sandboxes</NavLink>
              <NavLink href="/snapshots">Snapshots</NavLink>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <ConnectionIndicator client={list} />
              <MoreMenu />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Container size="xl" px={0}>
          {children}
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const [isCurrent] = useRoute(href);
  return (
    <Button
      component={Link}
      href={href}
      variant={isCurrent ? 'light' : 'subtle'}
      color={isCurrent ? 'indigo' : 'gray'}
      size="compact-md"
      px={{ base: 6, sm: 'sm' }}
      aria-current={isCurrent ? 'page' : undefined}
    >
      {children}
    </Button>
  );
}

const schemes = [
  { value: 'light', label: 'Light appearance', icon: Sun },
  { value: 'dark', label: 'Dark appearance', icon: Moon },
  { value: 'auto', label: 'System appearance', icon: Monitor },
] as const;

function MoreMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { tabs } = useWorkspace();
  return (
    <Menu position="bottom-end" width={220} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="More">
          <Ellipsis size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            onClick={() => setColorScheme(value)}
            aria-current={colorScheme === value}
            fw={colorScheme === value ? 650 : undefined}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Item component="a" href="./docs" leftSection={<BookOpen size={16} />}>
          API reference
        </Menu.Item>
        <Menu.Item component="a" href="./inspect" leftSection={<Workflow size={16} />}>
          Inspector
        </Menu.Item>
        {token.read() !== null && (
          <Menu.Item
            leftSection={<LogOut size={16} />}
            onClick={() => {
              tabs.forget();
              token.forget();
              location.reload();
            }}
          >
            Sign out
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
