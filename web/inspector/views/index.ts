import { drawLog } from './event-log.ts';
import { drawLatency } from './latency.ts';
import { drawWays } from './next-events.ts';
import { drawRecord } from './record-diff.ts';
import { drawSequence } from './sequence.ts';

/** The views beside the chart, in the order of their tabs. */
export const views: Readonly<Record<string, () => Node[]>> = {
  Events: drawLog,
  Next: drawWays,
  Record: drawRecord,
  Sequence: drawSequence,
  Latency: drawLatency,
};
