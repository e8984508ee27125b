/** The longest text that is printed in full, in characters. */
const most = 80;

/** Invisible characters, and those that reverse the text after them. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Makes an untrusted text safe for an error sentence: at most 80 characters, on one line, with an escape for each invisible
 * character.
 *
 * @example
 * printable('ada\u202e'); // 'ada\\u{202e}'
 */
export function printable(text: string): string {
  const start = text.length > most ? `${[...text.slice(0, 2 * most)].slice(0, most).join('')}…` : text;
  return JSON.stringify(start)
    .slice(1, -1)
    .replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
