import { Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { token } from './token.ts';

/** Asks for the token that the server wants. */
export function SignIn({ onToken }: { onToken: () => void }) {
  const [value, setValue] = useState('');
  const wasRefused = token.read() !== null;
  return (
    <Center mih="100dvh" p="md" component="main">
      <Card withBorder shadow="md" padding="xl" w="100%" maw={420}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (value.trim() === '') return;
            token.write(value.trim());
            onToken();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              This server asks for a token
            </Title>
            <Text size="sm" c="dimmed">
              It opens one namespace, and is forgotten when this tab is closed.
            </Text>
            <PasswordInput
              label="Token"
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
              error={wasRefused && value === '' ? 'The server does not know that token.' : undefined}
              data-autofocus
              autoFocus
              autoComplete="off"
            />
            <Button type="submit" leftSection={<KeyRound size={16} aria-hidden />}>
              Open
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
