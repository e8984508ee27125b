import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiMetrics } from './api-metrics.ts';
import { createHostGauges, type HostGaugeOptions } from './host-gauges.ts';
import type { ApiObservation, Observation } from './observation.ts';

/** Metrics in addition to those of the server. */
export interface MetricsOptions extends HostGaugeOptions {
  /** Whether to include memory, CPU and event loop delay of the process. Default: false. */
  readonly process?: boolean;
}

/** The metrics of a server. */
export interface ServerMetrics extends ApiMetrics {
  /** Counts lines of the log that could not be written. Pass it to `createLogOutput` as `onDropped`. */
  readonly onDroppedLogLines: (lines: number) => void;
}

/** Buckets in seconds: from a commit on a fast disk to an operation that takes ten minutes. */
const durations = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150, 300, 600,
];

/**
 * Creates metrics of hosts and APIs in a registry of their own. Pass `observe` to the host, and the metrics to the API,
 * which counts its requests and serves the metrics at `/metrics`. Peer: prom-client.
 *
 * @example
 * const metrics = createMetrics();
 * const host = await createHost({ store, driver, observe: metrics.observe });
 * const api = createApi(host, { metrics });
 */
export function createMetrics(options: MetricsOptions = {}): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const named = (name: string, help: string) => ({ name: `sandbox_lifecycle_${name}`, help, registers });
  const timed = (name: string, help: string) => ({ ...named(`${name}_seconds`, help), buckets: durations });

  const transitions = new Counter({
    ...named('transitions_total', 'Applied events, by the status before and after, and by event.'),
    labelNames: ['from', 'to', 'event'],
  });
  const refusals = new Counter({
    ...named('refusals_total', 'Refused commands, by code and command.'),
    labelNames: ['code', 'command'],
  });
  const operations = new Histogram({
    ...timed('operation_duration', 'Duration of attempts of platform operations, by kind and result.'),
    labelNames: ['kind', 'result'],
  });
  const lateness = new Histogram(
    timed('timeout_lateness', 'Delay between the due time of a timeout and its delivery.'),
  );
  const commits = new Histogram(
    timed('commit_duration', 'Time from the call of the store until the commit is durable.'),
  );
  const drift = new Counter({
    ...named('drift_total', 'Differences between the platform and the records, by kind.'),
    labelNames: ['kind'],
  });
  const absences = new Gauge(
    named('absences_held', 'Sandboxes absent from the platform that wait for an operator.'),
  );
  const stuckReleases = new Gauge(
    named('stuck_releases', 'Releases that have failed many times and are attempted rarely.'),
  );
  const retention = new Counter({
    ...named('retention_total', 'What retention has archived and deleted, by kind.'),
    labelNames: ['kind'],
  });
  const takeovers = new Counter({
    ...named('takeovers_total', 'Sandboxes whose work this host has taken over.'),
    labelNames: ['host'],
  });
  const lostLeases = new Counter({
    ...named('lost_leases_total', 'Times that this host was not renewed in time and let go of its work.'),
    labelNames: ['host'],
  });
  const broken = new Counter(named('broken_records_total', 'Records that were set aside as broken.'));
  const problems = new Counter(named('problems_total', 'Errors that may need attention by an operator.'));
  const streams = new Gauge(named('event_streams_open', 'Open event streams.'));
  const requests = new Histogram({
    ...timed(
      'http_request_duration',
      'Duration of requests, by route, method and status; of streams, the time until they start.',
    ),
    labelNames: ['route', 'method', 'status'],
  });
  const droppedLogLines = new Counter(
    named('log_lines_dropped_total', 'Lines of the log that could not be written.'),
  );
  if (options.process) collectDefaultMetrics({ register: registry });

  const readHost = createHostGauges(registry, options);

  const counters: Counters = {
    applied: ({ row: { from, to, event } }) =>
      transitions.inc({ from: from ?? 'none', to, event: event.type }),
    refused: ({ code, command }) => refusals.inc({ code, command }),
    operation: ({ kind, result, durationMs }) => operations.observe({ kind, result }, durationMs / 1000),
    timeout: ({ latenessMs }) => lateness.observe(latenessMs / 1000),
    committed: ({ durationMs }) => commits.observe(durationMs / 1000),
    drift: ({ kind }) => drift.inc({ kind }),
    absences: ({ count }) => absences.set(count),
    stuckRelease: ({ count }) => stuckReleases.set(count),
    takeover: ({ host }) => takeovers.inc({ host }),
    lease: ({ host, isLost }) => lostLeases.inc({ host }, isLost ? 1 : 0),
    retention({ archivedSandboxes, deletedRows, deletedSnapshots, cutEvents }) {
      retention.inc({ kind: 'archived_sandboxes' }, archivedSandboxes);
      retention.inc({ kind: 'deleted_rows' }, deletedRows);
      retention.inc({ kind: 'deleted_snapshots' }, deletedSnapshots);
      retention.inc({ kind: 'cut_events' }, cutEvents);
    },
    broken: () => broken.inc(),
    problem: () => problems.inc(),
    streams: ({ open }) => streams.set(open),
    tokens: () => {},
    request: ({ route, method, status, durationMs }) =>
      requests.observe({ route: route ?? 'none', method: methodOf(method), status }, durationMs / 1000),
  };
  return {
    observe(observation) {
      const count = counters[observation.type] as (observation: Observation | ApiObservation) => void;
      count(observation);
    },
    onDroppedLogLines: (lines) => droppedLogLines.inc(lines),
    async render(source) {
      if (source) await readHost(source);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** The counter of each type of observation. */
type Counters = {
  readonly [Type in (Observation | ApiObservation)['type']]: (
    observation: Extract<Observation | ApiObservation, { readonly type: Type }>,
  ) => void;
};

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Maps unknown methods to one label: clients can send any number of them. */
function methodOf(method: string): string {
  return methods.includes(method) ? method : 'other';
}
