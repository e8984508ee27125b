import type { Observation } from '../telemetry/observation.ts';

type Counts = Omit<Extract<Observation, { readonly type: 'retention' }>, 'type'>;

/** Counts what retention has done since the last report. */
export interface RetentionReport {
  add(kind: keyof Counts, count: number): void;
  /** Reports, unless nothing was done. */
  send(): void;
}

/** Creates a report of nothing. */
export function createRetentionReport(observe: (observation: Observation) => void): RetentionReport {
  const nothing: Counts = { archivedSandboxes: 0, deletedRows: 0, deletedSnapshots: 0, cutEvents: 0 };
  let done = nothing;
  return {
    add(kind, count) {
      done = { ...done, [kind]: done[kind] + count };
    },
    send() {
      if (Object.values(done).some((count) => count > 0)) observe({ type: 'retention', ...done });
      done = nothing;
    },
  };
}
