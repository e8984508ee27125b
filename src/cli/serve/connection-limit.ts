import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/** How many descriptors stay free for the store, the driver, and the processes that the driver starts. */
export const reservedDescriptors = 64;

/** The fewest connections to allow, however few descriptors there are. */
const fewest = 8;

/** How often refused connections are reported, in ms. */
const reportIntervalMs = 60_000;

/** The bound of the connections of this process. */
export interface ConnectionLimit {
  readonly connections: number;
  /** The soft limit of open files. */
  readonly openFiles: number;
}

/**
 * The most connections that leave the reserve free. `limits` has the format of `/proc/self/limits`, and `inUse` is the number
 * of open descriptors. Undefined without a limit.
 */
export function connectionLimitFrom(limits: string, inUse: number): ConnectionLimit | undefined {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? [];
  if (soft === undefined) return undefined;
  const openFiles = Number(soft);
  return { openFiles, connections: Math.max(fewest, openFiles - inUse - reservedDescriptors) };
}

/** The bound for this process. Undefined on systems that do not show the limit of open files. */
export function connectionLimit(): ConnectionLimit | undefined {
  try {
    return connectionLimitFrom(
      readFileSync('/proc/self/limits', 'utf8'),
      readdirSync('/proc/self/fd').length,
    );
  } catch {
    return undefined;
  }
}

/**
 * Refuses further connections before the process runs out of descriptors. Connections between two requests then make room
 * for new ones. Reports refusals at most once a minute.
 */
export function limitConnections(
  server: Server,
  { connections, openFiles }: ConnectionLimit,
  onRefused: (error: Error) => void,
): void {
  let reportAt = 0;
  server.maxConnections = connections;
  server.on('drop', () => {
    server.closeIdleConnections();
    const now = performance.now();
    if (now < reportAt) return;
    reportAt = now + reportIntervalMs;
    onRefused(
      new Error(
        `Refused a connection: ${connections} are open, the most with a limit of ${openFiles} open files. Raise the limit with ulimit -n.`,
      ),
    );
  });
}
