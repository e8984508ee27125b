import type { Flag } from './command.ts';
import { duration, share, wholeNumber } from './values.ts';

/** The flags of a simulated platform. */
export const simulationFlags: readonly Flag[] = [
  {
    flags: '--latency <time>',
    help: 'the duration of an operation, such as 500ms or 3s',
    reader: duration,
    default: [0, '0ms'],
  },
  {
    flags: '--failures <share>',
    help: 'the share of operations that fail, from 0 to 1',
    reader: share,
    default: [0],
  },
  {
    flags: '--seed <number>',
    help: 'the same seed fails the same operations',
    reader: wholeNumber(0, 2 ** 32 - 1),
    default: [1],
  },
];
