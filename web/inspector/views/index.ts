import { drawLog } from './event-log.ts';
import { drawLatency } from './latency.ts';
import { drawNextEvents } from './next-events.ts';
import { drawRecord } from './record-diff.ts';
import { drawSequence } from './sequence.ts';

/** The views beside the chart, in the order of their tabs. */
export const views: Readonly<Record<string, () => Node[]>> = {
  Events: drawLog,
  Next: drawNextEvents,
  Record: drawRecord,
  Sequence: drawSequence,
  Latency: drawLatency,
};
