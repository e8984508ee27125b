import { requestOf, type ServerOptions } from '../server-request.ts';
import type { OrphansOptions } from './command.ts';

/**
 * Lists the sandboxes on the platform of a server that have no record, or decides about some. Returns the text to print. Throws with the
 * sentence of the server.
 */
export async function orphans(options: OrphansOptions): Promise<string> {
  const { decision, sandboxIds, namespace, names, ...server } = options;
  if (decision === undefined) return list(server);
  await requestOf<unknown>(server, '/orphans/decide', {
    decision,
    sandbox_ids: sandboxIds,
    ...(decision === 'adopt' && { namespace, names }),
  });
  const count = sandboxIds.length === 1 ? 'One sandbox' : `${sandboxIds.length} sandboxes`;
  return `${count}: ${results[decision](namespace)}\n`;
}

const results: Readonly<Record<'keep' | 'release' | 'adopt', (namespace: string) => string>> = {
  keep: () => 'kept, also across restarts.',
  release: () => 'the release has begun. It is repeated until it succeeds.',
  adopt: (namespace) => `adopted in the namespace ${namespace}.`,
};

async function list(server: ServerOptions): Promise<string> {
  const lines: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = `limit=1000&cursor=${encodeURIComponent(cursor)}`;
    const page: OrphanList = await requestOf<OrphanList>(server, `/orphans?${query}`);
    for (const { sandbox_id: id, state, decision } of page.orphans)
      lines.push(`${id}  ${state}  ${decision ?? 'undecided'}`);
    cursor = page.next_cursor;
  }
  if (lines.length === 0) return 'Every sandbox on the platform has a record.\n';
  return `${lines.length} on the platform without a record:\n${lines.join('\n')}\nTo decide about them, run the command again with --keep, --release or --adopt and ids.\n`;
}

/** A page of the list as the route returns it. */
interface OrphanList {
  readonly orphans: readonly {
    readonly sandbox_id: string;
    readonly state: string;
    readonly decision: string | null;
  }[];
  readonly next_cursor: string | null;
}
