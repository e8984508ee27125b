import { z } from 'zod';
import { text } from '../fields.ts';

/** A text of at most this many UTF-16 code units. */
export function shortText(most: number): z.ZodString {
  return text.max(most, `must have at most ${most} characters`);
}

/** A list of at most `most` texts, each of at most `longest` characters. */
export function shortTexts(most: number, longest: number) {
  return z
    .array(shortText(longest), 'must be an array of strings')
    .max(most, `must have at most ${most} items`);
}

/** The bounds of the metadata of a sandbox. */
export const mostMetadataKeys = 64;
export const mostMetadataKeyCharacters = 63;
export const mostMetadataValueCharacters = 256;

const metadataKey = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,${mostMetadataKeyCharacters - 1}}$`);

const keyRule =
  'is not a key; use 1 to 63 letters, digits, dots, hyphens, underscores and slashes, beginning with a letter or a digit';

/** Texts of the user about a sandbox. A key has no colon, which separates it from its value in a filter. */
export const metadataSchema = z
  .record(z.string().regex(metadataKey), shortText(mostMetadataValueCharacters), {
    error: ({ code }) => (code === 'invalid_key' ? keyRule : 'must be an object of strings'),
  })
  .refine(
    (metadata) => Object.keys(metadata).length <= mostMetadataKeys,
    `must have at most ${mostMetadataKeys} keys`,
  );
