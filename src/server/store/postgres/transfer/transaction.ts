import { Client } from 'pg';
import { numbers } from '../connections.ts';

/** A connection to one schema, on which a transfer is in progress. */
export type TransferClient = Pick<Client, 'query'>;

/**
 * Runs one transaction on a connection of its own, without a time limit. `begin` begins it. It is rolled back when `act` rejects, and
 * when this process ends.
 */
export async function inTransferTransaction<Result>(
  { url, schema, begin }: { readonly url: string; readonly schema: string; readonly begin: string },
  act: (client: TransferClient) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    ...{ connectionString: url, types: numbers, keepAlive: true, connectionTimeoutMillis: 10_000 },
    ...{ application_name: 'sandbox-lifecycle', options: `-c search_path=${schema}` },
  });
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    throw new Error(`Cannot connect to the PostgreSQL database: ${(cause as Error).message}.`, { cause });
  });
  try {
    await client.query(begin);
    const result = await act(client);
    await client.query('COMMIT');
    return result;
  } finally {
    // The end of the connection rolls back what was not committed.
    await client.end();
  }
}
