import { Gauge, type Registry } from 'prom-client';
import { statuses } from '../../model/sandbox.ts';
import type { MetricsSource } from './api-metrics.ts';
import type { HostStats } from './host-stats.ts';

/** Options of the gauges. */
export interface HostGaugeOptions {
  /** The version of the server. Default: `unknown`. */
  readonly version?: string | undefined;
  /** The namespaces whose usage is shown. Each has series of its own, so name few. Default: none. */
  readonly usageNamespaces?: readonly string[] | undefined;
}

/** Creates gauges of a host. Returns the function that reads the host and sets them. It does not throw. */
export function createHostGauges(
  registry: Registry,
  { version = 'unknown', usageNamespaces = [] }: HostGaugeOptions,
): (source: MetricsSource) => Promise<void> {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `sandbox_lifecycle_${name}`, help, labelNames, registers: [registry] });

  const readable = gauge('host_readable', 'Whether the numbers of the host could be read: 1 or 0.');
  const build = gauge(
    'build_info',
    'Always 1. The labels say what runs.',
    ...(['version', 'node', 'store', 'driver', 'host'] as const),
  );
  const sandboxes = gauge('sandboxes', 'Sandboxes by status.', 'status');
  const overdue = gauge('timeouts_overdue', 'Timeouts that are due, at most 1000.');
  const longestOverdue = gauge('timeout_overdue_seconds', 'How long the earliest timeout is due.');
  const oldest = gauge(
    'operation_oldest_seconds',
    'How long the oldest operation is in flight in this process.',
  );
  const size = gauge('store_size_bytes', 'Size of the database and its log on disk.');
  const queue = gauge('queue_length', 'Work of the host by queue.', 'queue');
  const living = gauge(
    'hosts_living',
    'Living hosts of the store, by the last heartbeat of this one.',
    'host',
  );
  const held = gauge('held_sandboxes', 'Sandboxes that this host holds.', 'host');
  const heartbeatAge = gauge('heartbeat_age_seconds', 'Time since the last heartbeat of this host.', 'host');
  const usage = gauge('usage_seconds', 'Time that sandboxes ran or were suspended.', 'namespace', 'state');

  return async (source) => {
    const stats = await source.stats().catch(() => undefined);
    readable.set(stats === undefined ? 0 : 1);
    if (stats === undefined) return;
    const { store, driverKind, operations, membership } = stats;
    const kinds = { store: store?.kind ?? 'unknown', driver: driverKind ?? 'unknown' };
    build.set({ version, node: process.version, ...kinds, host: membership?.host ?? '' }, 1);
    if (membership) {
      const { host } = membership;
      living.set({ host }, membership.living);
      held.set({ host }, membership.held);
      heartbeatAge.set({ host }, membership.heartbeatAgeMs / 1000);
    }
    if (store) for (const status of statuses) sandboxes.set({ status }, store.sandboxes[status]);
    overdue.set(stats.overdueTimeouts);
    longestOverdue.set(stats.longestOverdueMs / 1000);
    oldest.set(operations.oldestMs / 1000);
    if (store?.sizeBytes != null) size.set(store.sizeBytes);
    for (const [name, length] of Object.entries(queuesOf(stats))) queue.set({ queue: name }, length);
    for (const namespace of usageNamespaces) {
      const total = await source.totalUsage(namespace).catch(() => undefined);
      if (total === undefined) continue;
      usage.set({ namespace, state: 'running' }, total.runningMs / 1000);
      usage.set({ namespace, state: 'suspended' }, total.suspendedMs / 1000);
    }
  };
}

function queuesOf({ store, operations, backgroundTasks }: HostStats): Readonly<Record<string, number>> {
  return {
    commits: store?.waitingCommits ?? 0,
    operations_running: operations.running,
    operations_waiting: operations.waiting,
    operations_retrying: operations.retrying,
    background_tasks: backgroundTasks,
  };
}
