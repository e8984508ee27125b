/** A short digest of a text, which does not show the text: it distinguishes the users of one browser in its storage. */
export function digestOf(text: string): string {
  const hash = (seed: number) =>
    [...text].reduce((sum, letter) => Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01000193), seed) >>> 0;
  return `${hash(0x811c9dc5).toString(36)}-${hash(text.length).toString(36)}`;
}
