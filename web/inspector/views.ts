import { drawLatency } from './latency.ts';
import { drawLog } from './log.ts';
import { drawRecord } from './record.ts';
import { drawSequence } from './sequence.ts';
import { drawWays } from './ways.ts';

/** The views beside the chart, in the order of their tabs. */
export const views: Readonly<Record<string, () => Node[]>> = {
  Events: drawLog,
  Next: drawWays,
  Record: drawRecord,
  Sequence: drawSequence,
  Latency: drawLatency,
};
