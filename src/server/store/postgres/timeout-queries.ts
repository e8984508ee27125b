import { recordSchema } from '../schemas.ts';
import type { Share } from '../shared.ts';
import type { DueTimeout, Store } from '../store.ts';
import type { Connections } from './connections.ts';

/** The conditions of the two indexes of timeouts: the suspended limits, and all others. */
const timeouts = {
  discards: "timeout_at IS NOT NULL AND status = 'suspended' AND unsettled = 0",
  others: "timeout_at IS NOT NULL AND (status <> 'suspended' OR unsettled = 1)",
} as const;

/** Creates the queries of the due timeouts and of the next timeout. */
export function timeoutQueries({ read }: Connections): Pick<Store, 'due' | 'nextTimeoutAt'> {
  const select = async (
    condition: string,
    at: number,
    limit: number,
    share?: Share,
  ): Promise<DueTimeout[]> => {
    const rows = await read<{ id: string; timeout_at: number }>(
      `SELECT id, timeout_at FROM sandboxes WHERE ${condition} AND timeout_at <= $1::bigint AND broken IS NULL AND oldest_reader <= ${recordSchema}
         ${share ? 'AND bucket % $3::integer = $4::integer' : ''} ORDER BY timeout_at LIMIT $2`,
      [at, limit, ...(share ? [share.of, share.index] : [])],
    );
    return rows.map(({ id, timeout_at }) => ({ sandboxId: id, timeoutAt: timeout_at }));
  };
  const due: Store['due'] = async (at, limit, { withoutDiscards = false, share } = {}) => {
    const others = await select(timeouts.others, at, limit, share);
    if (withoutDiscards) return others;
    const discards = await select(timeouts.discards, at, limit, share);
    return [...others, ...discards].sort((a, b) => a.timeoutAt - b.timeoutAt).slice(0, limit);
  };
  return {
    due,
    nextTimeoutAt: async (query) => (await due(Number.MAX_SAFE_INTEGER, 1, query))[0]?.timeoutAt ?? null,
  };
}
