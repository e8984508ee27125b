import { type Row, toStoredResponse } from '../rows.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';
import type { WriterCall } from './writer-call.ts';

/** Creates the queries of the responses under idempotency keys. */
export function responseQueries(
  { read }: Connections,
  call: WriterCall,
): Pick<Store, 'response' | 'forgetResponses'> {
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
      const deleted = await call<number>('forget_responses', '$3::bigint, $4::integer', [before, limit]);
      return deleted ?? 0;
    },
  };
}
