import { nextTurn } from '../../utils/next-turn.ts';
import type { SandboxEntry } from './records.ts';

/** Reads the items after this id, up to a limit. */
type ReadItems<Item> = (afterId: string, limit: number) => Promise<readonly Item[]>;

/** Reads the entries after this id, up to a limit. */
export type ReadPage = ReadItems<SandboxEntry>;

/** The number of sandboxes of a page that are handled concurrently. */
export const mostAtOnce = 16;

/** The number of entries in a page. */
const pageSize = 200;

/** Reads entries page by page until the last one, or until the signal aborts. It holds one page in memory. */
export function entryPages(read: ReadPage, signal?: AbortSignal): AsyncGenerator<readonly SandboxEntry[]> {
  return itemPages(read, ({ sandbox }) => sandbox.id, signal);
}

/** Reads items page by page, as {@link entryPages} does. */
export async function* itemPages<Item>(
  read: ReadItems<Item>,
  idOf: (item: Item) => string,
  signal?: AbortSignal,
): AsyncGenerator<readonly Item[]> {
  for (let afterId = ''; !signal?.aborted; ) {
    const items = await read(afterId, pageSize);
    const last = items.at(-1);
    if (last === undefined) return;
    yield items;
    afterId = idOf(last);
    // A synchronous store never yields, so requests are served between two pages.
    await nextTurn();
  }
}
