import { usageColumns as columns, type Row, toUsageRow } from '../rows.ts';
import type { StoreUsage } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';

/** Creates the queries of the usage. */
export function usageQueries({ read }: Connections): { readonly usage: StoreUsage } {
  return {
    usage: {
      async rows(namespace, fromDay, toDay) {
        if (!isText(namespace)) return [];
        const rows = await read<Row>(
          `(SELECT ${columns} FROM usage WHERE namespace = $1 AND day < $2::bigint ORDER BY day DESC LIMIT 1)
           UNION ALL (SELECT ${columns} FROM usage WHERE namespace = $1 AND day >= $2::bigint AND day < $3::bigint)
           ORDER BY day`,
          [namespace, fromDay, toDay],
        );
        return rows.map(toUsageRow);
      },
      async namespaces(after, limit) {
        if (!isText(after)) return [];
        // One seek for each namespace, however many days it has.
        const rows = await read<{ namespace: string }>(
          `WITH RECURSIVE found (namespace) AS (
             (SELECT namespace FROM usage WHERE namespace > $1 ORDER BY namespace LIMIT 1)
             UNION ALL
             SELECT (SELECT u.namespace FROM usage AS u WHERE u.namespace > found.namespace ORDER BY u.namespace LIMIT 1)
               FROM found WHERE found.namespace IS NOT NULL)
           SELECT namespace FROM found WHERE namespace IS NOT NULL LIMIT $2`,
          [after, limit],
        );
        return rows.map(({ namespace }) => namespace);
      },
    },
  };
}
