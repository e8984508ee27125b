import { type Row, toStoredResponse } from '../rows.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';

/** Creates the queries of the responses under idempotency keys. */
export function responseQueries({ read, write }: Connections): Pick<Store, 'response' | 'forgetResponses'> {
  return {
    async response(namespace, key) {
      if (!isText(namespace, key)) return undefined;
      const [row] = await read<Row>('SELECT * FROM responses WHERE namespace = $1 AND key = $2', [
        namespace,
        key,
      ]);
      return row && toStoredResponse(row);
    },
    async forgetResponses(before, limit) {
      const deleted = await write(
        `DELETE FROM responses WHERE (namespace, key) IN
           (SELECT namespace, key FROM responses WHERE at < $1::bigint ORDER BY at LIMIT $2) RETURNING 1`,
        [before, limit],
      );
      return deleted.length;
    },
  };
}
