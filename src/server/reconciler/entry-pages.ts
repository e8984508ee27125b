import { nextTurn } from '../../utils/next-turn.ts';
import type { SandboxEntry } from '../store/store.ts';

/** Reads the entries that follow this id, up to a limit. */
export type ReadPage = (afterId: string, limit: number) => Promise<readonly SandboxEntry[]>;

/** How many sandboxes of a page are handled at once. */
export const mostAtOnce = 16;

/** How many entries a page has. */
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
    // A store may never wait for I/O, so requests get their turn between two pages.
    await nextTurn();
  }
}
