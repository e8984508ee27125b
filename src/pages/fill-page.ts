/** A message of a recorded session, as far as a page has to know it. An inspector's messages are of this shape. */
interface SessionMessage {
  readonly type: string;
  readonly sessionId: string;
}

/** Where a page gets what it shows. Without anything it waits for the window that opened it, or for a file. */
export interface PageSource {
  /** A recorded session, which the page then holds within itself. */
  readonly session?: readonly SessionMessage[];
  /** The address of a relay's stream. */
  readonly stream?: string;
  /** The address of the API of a running server, as `/`. */
  readonly server?: string;
}

const slot = /(<script id="source" type="application\/json">).*?(<\/script>)/s;

/** Writes a value as JSON for a script. No text in it can end that script. */
export const jsonInScript = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Writes the source into a page. */
export function fillPage(page: string, source: PageSource): string {
  return page.replace(slot, (_, start: string, end: string) => start + jsonInScript(source) + end);
}
