import { isUnreadable } from './errors.ts';
import type { SandboxEntry } from './records.ts';
import type { Store } from './store.ts';

/** The entry of a sandbox; undefined also for one that this release cannot read, which must not stop the work for others. */
export async function readReadable(store: Pick<Store, 'get'>, id: string): Promise<SandboxEntry | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
