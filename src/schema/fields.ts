import { z } from 'zod';
import { latestInstantMs } from '../model/sandbox.ts';

const wholeNumber = 'must be a whole number';

/** Any string, also an empty one. */
export const text = z.string('must be a string');

/** A string that is not empty. */
export const someText = text.min(1, 'must not be empty');

/** A whole number that is exact in a double. */
export const integer = z.int(wholeNumber);

/** A whole number from 1. */
export const count = integer.min(1, 'must be at least 1');

/** An instant in epoch ms, within what `Date` can show. */
export const instant = integer
  .min(-latestInstantMs, 'is earlier than a date can be')
  .max(latestInstantMs, 'is later than a date can be');

/** The end of a sentence about a limit that is longer than any clock counts. */
export const tooLong = 'is too long to be counted';
