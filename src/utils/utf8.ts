const encoder = new TextEncoder();

/** The length of a text in UTF-8, in bytes. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Whether a text has more bytes in UTF-8 than this. Reads no more of the text than needed. */
export function isLongerThan(text: string, mostBytes: number): boolean {
  // A UTF-16 unit has from 1 to 3 bytes in UTF-8.
  if (text.length > mostBytes) return true;
  return text.length * 3 > mostBytes && utf8Bytes(text) > mostBytes;
}

/** Cuts a text of more than this many bytes at the end of a character, and ends it with an ellipsis. */
export function cutUtf8(text: string, mostBytes: number): string {
  if (!isLongerThan(text, mostBytes)) return text;
  const ellipsis = '…';
  const { read } = encoder.encodeInto(text, new Uint8Array(mostBytes - utf8Bytes(ellipsis)));
  return text.slice(0, read) + ellipsis;
}
