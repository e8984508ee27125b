import type { SnapshotPage } from '../../schema/http/responses.ts';
import { messageOf, retryAfterMsOf } from '../transport/http-calls.ts';
import type { ReadFailure } from '../transport/server-update.ts';
import type { Transport } from '../transport/transport.ts';
import { type SnapshotView, snapshotViewOf } from './snapshot-view.ts';

/** Reads all pages of the list of snapshots. Rejects when the server cannot be reached. */
export async function readSnapshots(
  request: NonNullable<Transport['request']>,
  signal: AbortSignal,
): Promise<{ readonly snapshots: readonly SnapshotView[] } | ReadFailure> {
  const snapshots: SnapshotView[] = [];
  let cursor: string | null = '';
  do {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const response = await request(`/snapshots?limit=100${query}`, { signal });
    if (!response.ok)
      return {
        problem: await messageOf(response),
        isReachable: true,
        retryAfterMs: retryAfterMsOf(response),
      };
    const page = (await response.json()) as SnapshotPage;
    snapshots.push(...page.snapshots.map(snapshotViewOf));
    cursor = page.next_cursor ?? null;
  } while (cursor);
  return { snapshots };
}
