/** How much of a text is shown, in characters. */
const most = 80;

/** What is not seen, or turns around what follows it. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * A text that may come from anybody, as a sentence can have it: not too long, in one line, and with an escape for each
 * character that nobody would see.
 *
 * @example
 * shown('ada\u202e'); // 'ada\\u{202e}'
 */
export function printable(text: string): string {
  const start = text.length > most ? `${[...text.slice(0, 2 * most)].slice(0, most).join('')}…` : text;
  return JSON.stringify(start)
    .slice(1, -1)
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
