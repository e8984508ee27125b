import type { Route } from '../route.ts';
import { accountRoutes } from './account.ts';
import { archivedRoutes } from './archived.ts';
import { backupRoutes } from './backup.ts';
import { commandRoutes } from './commands.ts';
import { eventRoutes } from './events.ts';
import { hostRoutes } from './hosts.ts';
import { namespaceRoutes } from './namespaces.ts';
import { operationRoutes } from './operations.ts';
import { orphanRoutes } from './orphans.ts';
import { proxyRoutes } from './proxy.ts';
import { sandboxRoutes } from './sandboxes.ts';
import { snapshotRoutes } from './snapshots.ts';
import { usageRoutes } from './usage.ts';
import { watchingRoutes } from './watching.ts';

/** All routes. The first route that matches a path is used. */
export const routeTable: readonly Route[] = [
  ...eventRoutes,
  ...sandboxRoutes,
  ...archivedRoutes,
  ...commandRoutes,
  ...watchingRoutes,
  ...snapshotRoutes,
  ...proxyRoutes,
  ...accountRoutes,
  ...namespaceRoutes,
  ...usageRoutes,
  ...operationRoutes,
  ...orphanRoutes,
  ...hostRoutes,
  ...backupRoutes,
];

/** The paths of a route: the flat one and, when it acts in a namespace, the namespaced one. */
export function pathsOf({ access, path }: Route): string[] {
  return access === 'namespace' ? [path, `/v1/namespaces/{namespace}${path}`] : [path];
}

/** The methods that the API forwards to a sandbox. */
export const forwardedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
