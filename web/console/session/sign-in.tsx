import { Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { token } from './token.ts';

/** The form for the token that the server requires. */
export function SignIn({ onToken }: { onToken: () => void }) {
  const [value, setValue] = useState('');
  const wasRejected = token.read() !== null;
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
              This server requires a token
            </Title>
            <Text size="sm" c="dimmed">
              A token gives access to one namespace. The console forgets it when you close this tab.
            </Text>
            <PasswordInput
              label="Token"
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
              error={wasRejected && value === '' ? 'The server rejected this token.' : undefined}
              data-autofocus
              autoFocus
              autoComplete="off"
            />
            <Button type="submit" leftSection={<KeyRound size={16} aria-hidden />}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
