/** The part of an inspector's message that a page must know. */
interface SessionMessage {
  readonly type: string;
  readonly sessionId: string;
}

/** The source of the messages that a page shows. Without a source, the page waits for its opener or for a file. */
export interface PageSource {
  /** A recorded session, which the page then contains. */
  readonly session?: readonly SessionMessage[];
  /** The address of a relay's stream. */
  readonly stream?: string;
  /** The address of the API of a running server, such as `/`. */
  readonly server?: string;
}

const slot = /(<script id="source" type="application\/json">).*?(<\/script>)/s;

/** Writes a value as JSON for a script element. No text in it can close the element. */
export const jsonInScript = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Writes the source into a page. */
export function fillPage(page: string, source: PageSource): string {
  return page.replace(slot, (_, start: string, end: string) => start + jsonInScript(source) + end);
}
