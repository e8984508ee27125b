import { toStoredResponse } from '../rows.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Database } from './database.ts';

/** Creates the queries of the responses under idempotency keys. */
export function responseQueries(database: Database): Pick<Store, 'response' | 'forgetResponses'> {
  const byKey = database.prepare('SELECT * FROM responses WHERE namespace = ? AND key = ?');
  const forget = database.prepare(
    `DELETE FROM responses WHERE rowid IN
       (SELECT rowid FROM responses INDEXED BY oldest_responses WHERE at < ? ORDER BY at LIMIT ?)`,
  );
  return {
    async response(namespace, key) {
      const row = isText(namespace, key) ? byKey.get(namespace, key) : undefined;
      return row && toStoredResponse(row);
    },
    async forgetResponses(before, limit) {
      return Number(forget.run(before, limit).changes);
    },
  };
}
