import { Alert, Button, Group } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/** An error boundary: a page that throws does not break the rest of the console. */
export class ProblemBoundary extends Component<{ children: ReactNode }, { problem: Error | null }> {
  override state: { problem: Error | null } = { problem: null };

  static getDerivedStateFromError(problem: unknown): { problem: Error } {
    return { problem: problem instanceof Error ? problem : new Error(String(problem)) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <Alert color="red" role="alert" title="Cannot show this page">
        {problem.message}
        <Group mt="sm">
          <Button variant="default" onClick={() => location.reload()}>
            Reload
          </Button>
        </Group>
      </Alert>
    );
  }
}
