import { Alert, Button, Group } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/** Keeps what goes wrong in a page from taking all with it, and says so. */
export class ProblemBoundary extends Component<{ children: ReactNode }, { problem: Error | null }> {
  override state: { problem: Error | null } = { problem: null };

  static getDerivedStateFromError(problem: unknown): { problem: Error } {
    return { problem: problem instanceof Error ? problem : new Error(String(problem)) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <Alert color="red" role="alert" title="This page could not be shown">
        {problem.message}
        <Group mt="sm">
          <Button variant="default" onClick={() => location.reload()}>
            Load it again
          </Button>
        </Group>
      </Alert>
    );
  }
}
