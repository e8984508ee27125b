import type { ApiObservation, Observation } from './observation.ts';

/** The counters that an API serves at `/metrics`, as `createMetrics` creates them. */
export interface ApiMetrics {
  observe(observation: Observation | ApiObservation): void;
  render(): Promise<string>;
  readonly contentType: string;
}
