import { nextTurn } from '../../utils/next-turn.ts';
import type { SandboxEntry } from '../store/store.ts';

/** Reads the entries after this id, up to a limit. */
export type ReadPage = (afterId: string, limit: number) => Promise<readonly SandboxEntry[]>;

/** The number of sandboxes of a page that are handled concurrently. */
export const mostAtOnce = 16;

/** The number of entries in a page. */
const pageSize = 200;

/** Reads entries page by page until the last one, or until the signal aborts. It holds one page in memory. */
export async function* entryPages(
  read: ReadPage,
  signal?: AbortSignal,
): AsyncGenerator<readonly SandboxEntry[]> {
  for (let afterId = ''; !signal?.aborted; ) {
    const entries = await read(afterId, pageSize);
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    afterId = last.sandbox.id;
    // A synchronous store never yields, so requests are served between two pages.
    await nextTurn();
  }
}
