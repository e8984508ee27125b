import type { Host } from '../host.ts';
import type { ApiObservation, Observation } from './observation.ts';

/** The host whose present numbers the metrics show. */
export type MetricsSource = Pick<Host, 'stats' | 'totalUsage'>;

/** The counters that an API serves at `/metrics`, as `createMetrics` creates them. */
export interface ApiMetrics {
  observe(observation: Observation | ApiObservation): void;
  /** With a source, also renders its present numbers. */
  render(source?: MetricsSource): Promise<string>;
  readonly contentType: string;
}
