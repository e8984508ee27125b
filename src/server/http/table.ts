import type { Route } from './route.ts';
import { commandRoutes } from './routes/commands.ts';
import { eventRoutes } from './routes/events.ts';
import { operationRoutes } from './routes/operations.ts';
import { proxyRoutes } from './routes/proxy.ts';
import { sandboxRoutes } from './routes/sandboxes.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { watchingRoutes } from './routes/watching.ts';

/** Every route there is. Of two that fit a path, the first one counts. */
export const routeTable: readonly Route[] = [
  ...eventRoutes,
  ...sandboxRoutes,
  ...commandRoutes,
  ...watchingRoutes,
  ...snapshotRoutes,
  ...proxyRoutes,
  ...operationRoutes,
];

/** The paths of a route: the flat one and, when it acts in a namespace, the namespaced one. */
export function pathsOf({ access, path }: Route): string[] {
  return access === 'namespace' ? [path, `/v1/namespaces/{namespace}${path}`] : [path];
}

/** The methods that are handed on to what runs in a sandbox. */
export const forwardedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
