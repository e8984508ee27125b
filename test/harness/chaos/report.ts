import type { Disturbances } from './disturbances.ts';

/** The counts and measures of a world. Durations are in ms. */
export interface ChaosReport extends Disturbances {
  readonly sandboxes: number;
  readonly events: number;
  readonly timeouts: number;
  readonly answered: number;
  /** Attempts without a response, or with one that leaves open whether the request took effect. */
  readonly unanswered: number;
  /** Attempts of those that took effect. */
  readonly doneUnanswered: number;
  readonly repeated: number;
  readonly waits: number;
  readonly calls: number;
  /** Calls that began while another host still ended an earlier operation of the sandbox. */
  readonly handovers: number;
  /** Ascending. */
  readonly takeoversAfterKill: readonly number[];
  readonly takeoversAfterStop: readonly number[];
  readonly takeoversDuringOutages: number;
  readonly latenessOfTimeouts: readonly number[];
  /** From the end of all disturbances and requests until the platform matched the records; one for each world. */
  readonly settledAfter: readonly number[];
}

/** Adds the reports of several worlds. */
export function sumOf(reports: readonly ChaosReport[]): ChaosReport {
  const [first, ...others] = reports;
  if (first === undefined) throw new Error('A sum needs a report.');
  return others.reduce((sum, report) => {
    const entries = Object.entries(sum).map(([name, value]) => {
      const more = report[name as keyof ChaosReport];
      return [
        name,
        Array.isArray(value) && Array.isArray(more)
          ? [...value, ...more].sort((a, b) => a - b)
          : (value as number) + (more as number),
      ];
    });
    return Object.fromEntries(entries) as unknown as ChaosReport;
  }, first);
}
