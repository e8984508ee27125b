import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { Route, Router, Switch, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { CreateProvider } from './create/create-provider.tsx';
import { ListPage } from './list/list-page.tsx';
import { SandboxPage } from './sandbox/sandbox-page.tsx';
import { openSession } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { useWorkspace, WorkspaceProvider } from './session/workspace.tsx';
import { FailureNotices } from './shared/failure-notices.tsx';
import { NotFound } from './shared/not-found.tsx';
import { NoticesProvider, RollbackNotices } from './shared/notices.tsx';
import { ProblemBoundary } from './shared/problem-boundary.tsx';
import { Shell } from './shared/shell.tsx';
import { SnapshotsPage } from './snapshots/snapshots-page.tsx';

/** The console: its pages, or the sign-in form when the server requires a token. */
export function App() {
  const [isLocked, setLocked] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const lock = useCallback(() => setLocked(true), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt reads another token.
  const session = useMemo(() => openSession(lock), [lock, attempt]);
  if (isLocked) {
    return (
      <SignIn
        onToken={() => {
          setAttempt(attempt + 1);
          setLocked(false);
        }}
      />
    );
  }
  return (
    <WorkspaceProvider session={session}>
      <NoticesProvider>
        <Router hook={useHashLocation}>
          <CreateProvider>
            <Shell>
              <ListRollbacks />
              <FailureNotices />
              <PageBoundary>
                <Switch>
                  <Route path="/" component={ListPage} />
                  <Route path="/sandboxes/:id">{({ id }) => <SandboxPage key={id} id={id} />}</Route>
                  <Route path="/snapshots" component={SnapshotsPage} />
                  <Route component={NotFound} />
                </Switch>
              </PageBoundary>
            </Shell>
          </CreateProvider>
        </Router>
      </NoticesProvider>
    </WorkspaceProvider>
  );
}

/** An error boundary per page: another page starts without the error. */
function PageBoundary({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  return <ProblemBoundary key={location}>{children}</ProblemBoundary>;
}

/** Notices, on every page, of rolled back commands that the list or an earlier page sent. */
function ListRollbacks() {
  return <RollbackNotices client={useWorkspace().list} />;
}
